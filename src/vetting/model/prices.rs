//! The usual price of a treatment, and what is far below it.

use serde::{Deserialize, Serialize};

use crate::config::limits;

/// Prices of one service in one country and currency, one of each clinic, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsualPrice {
    /// Of how many clinics.
    pub clinics: usize,
    /// A quarter of them charge this or less.
    pub lower: i64,
    /// Half of them charge this or less.
    pub median: i64,
    /// Three quarters of them charge this or less.
    pub upper: i64,
}

impl UsualPrice {
    /// From the clinics' prices in ascending order; `None` where too few clinics say theirs for a usual
    /// price to mean anything.
    pub fn of(prices: &[i64]) -> Option<Self> {
        if prices.len() < limits::USUAL_PRICE_CLINICS {
            return None;
        }
        let at = |quarter: usize| prices[(prices.len() - 1) * quarter / 4];
        Some(Self { clinics: prices.len(), lower: at(1), median: at(2), upper: at(3) })
    }

    /// Whether a price is far below the usual.
    pub const fn is_far_above(&self, price: i64) -> bool {
        price * 100 < self.median * limits::FAR_BELOW_PER_CENT
    }
}
