//! Every limit of the service in one place.
