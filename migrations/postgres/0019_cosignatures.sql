-- What witnesses cosigned: that they saw a checkpoint, and that it continues the ones they saw before.

create table log_cosignatures (
    size bigint not null references log_checkpoints (size),
    witness text not null,
    -- The line as it stands under the checkpoint.
    line text not null,
    at timestamptz not null,
    primary key (size, witness)
);
