//! Which reads may come from a replica.
//!
//! A task says so for everything it does; work it hands to other tasks reads from the primary. A replica is only read from
//! where it has every change that this process knows of, so that a caller finds what this process has acknowledged, and
//! nothing that is kept in memory can be older than what has been heard of.

tokio::task_local! {
    static PREFERRED: ();
}

/// Lets the reads of a task come from a replica.
pub async fn preferring<F: Future>(work: F) -> F::Output {
    PREFERRED.scope((), work).await
}

/// Whether reads of this task may come from a replica.
pub(super) fn is_preferred() -> bool {
    PREFERRED.try_with(|()| ()).is_ok()
}
