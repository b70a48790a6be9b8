//! The offline gazetteer: place names and postcodes to points.
