//! Who trains: academies, their recognition, courses, trainers and public keys.
