//! Packs the gazetteer: rows that `scripts/build-places.py` made in, `data/places.bin` out.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, rows, packed] = arguments.as_slice() else {
        return fail("usage: pack-places ROWS PACKED");
    };
    let text = match std::fs::read_to_string(rows) {
        Ok(text) => text,
        Err(e) => return fail(&format!("{rows}: {e}")),
    };
    match stipple::places::pack(&text) {
        Err(why) => fail(&why),
        Ok(bytes) => match std::fs::write(packed, bytes) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => fail(&format!("{packed}: {e}")),
        },
    }
}

#[expect(clippy::print_stderr, reason = "a tool for the terminal")]
fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
