//! A listing as it is first written: the profile, and where the practitioner works.

use time::Date;
use uuid::Uuid;

use super::clinic::{ClinicDetails, ClinicInput, Placement, PlacementInput};
use super::profile::{Profile, ProfileInput};
use super::text;
use crate::config::limits;
use crate::platform::problem::Fault;

/// A new listing, before the rules were applied.
#[derive(Clone, Debug, Default)]
pub struct ListingInput {
    /// What it says.
    pub profile: ProfileInput,
    /// Where the practitioner works.
    pub clinics: Vec<PracticeInput>,
}

/// Work at a clinic that is known, or at one that is described here.
#[derive(Clone, Debug)]
pub struct PracticeInput {
    /// Which clinic.
    pub clinic: Premises<ClinicInput>,
    /// How and when.
    pub placement: PlacementInput,
}

/// A clinic that is known by its id, or a new one.
#[derive(Clone, Debug, PartialEq)]
pub enum Premises<New> {
    /// It is in the directory.
    Known(Uuid),
    /// It is described here.
    New(New),
}

/// A new listing that keeps every rule.
#[derive(Clone, Debug, PartialEq)]
pub struct NewListing {
    /// What it says.
    pub profile: Profile,
    /// Where the practitioner works, in order.
    pub clinics: Vec<(Premises<ClinicDetails>, Placement)>,
}

impl ListingInput {
    /// Applies every rule. A listing without a country takes that of its first new clinic.
    ///
    /// # Errors
    /// Everything that is wrong, located by JSON pointers into the request.
    pub fn check(self, today: Date) -> Result<NewListing, Vec<Fault>> {
        let mut profile = self.profile;
        profile.country = profile.country.or_else(|| {
            self.clinics.iter().find_map(|practice| match &practice.clinic {
                Premises::New(clinic) => Some(clinic.address.country),
                Premises::Known(_) => None,
            })
        });
        let mut faults = Vec::new();
        let profile = profile.check(today).map_err(|found| faults.extend(found)).ok();
        text::at_most("/clinics", self.clinics.len(), limits::CLINICS_PER_LISTING, &mut faults);
        let mut clinics: Vec<(Premises<ClinicDetails>, Placement)> = Vec::with_capacity(self.clinics.len());
        for (at, practice) in self.clinics.into_iter().enumerate() {
            let base = format!("/clinics/{at}");
            let clinic = match practice.clinic {
                Premises::Known(id) if clinics.iter().any(|(known, _)| *known == Premises::Known(id)) => {
                    faults.push(Fault::new(format!("{base}/id"), "duplicate", "This clinic is named twice."));
                    None
                }
                Premises::Known(id) => Some(Premises::Known(id)),
                Premises::New(clinic) => {
                    clinic.check(&base).map_err(|found| faults.extend(found)).ok().map(Premises::New)
                }
            };
            let placement = practice.placement.check(&base, today).map_err(|found| faults.extend(found)).ok();
            clinics.extend(clinic.zip(placement));
        }
        match profile {
            Some(profile) if faults.is_empty() => Ok(NewListing { profile, clinics }),
            _ => Err(faults),
        }
    }
}
