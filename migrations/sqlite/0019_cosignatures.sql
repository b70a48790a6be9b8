-- What witnesses cosigned: that they saw a checkpoint, and that it continues the ones they saw before.

create table log_cosignatures (
    size integer not null references log_checkpoints (size),
    witness text not null,
    -- The line as it stands under the checkpoint.
    line text not null,
    at integer not null,
    primary key (size, witness)
) strict;
