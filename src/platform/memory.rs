//! What rooms keep in memory: one value of each type, empty until its room fills it. The handle is shared
//! by everything in a process, so that the plumbing need not know what is kept.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

type Kept = Arc<dyn Any + Send + Sync>;

/// The values, by type. Clones share them.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<HashMap<TypeId, Kept>>>);

impl Memory {
    /// The process's one value of this type, made when first asked for.
    pub fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = values.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        // What stands under a type's id is of that type; the default only spares a panic.
        kept.downcast().unwrap_or_default()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}
