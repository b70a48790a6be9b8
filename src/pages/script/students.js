// The students of a class, from a CSV file or typed: every row good, or with what is wrong. The columns are those of the command
// line tool.

const COLUMNS = ["name", "awarded", "listing", "trainer", "trainer_name", "valid_until", "old_number"];
const MOST_ROWS = 10000;
const LONGEST_NAME = 120;
const LONGEST_NUMBER = 60;

/** A file that cannot be read as a whole; `say` names the sentence, `values` fill it. */
export class Unreadable extends Error {
  constructor(say, values = {}) {
    super(say);
    this.say = say;
    this.values = values;
  }
}

/** The fields of every line of a CSV text (RFC 4180), with the number of the line each begins on. */
function records(text, comma) {
  const all = [];
  let [fields, field, quoted, line, first] = [[], "", false, 1, 1];
  const endRecord = () => {
    fields.push(field.trim());
    if (fields.some((one) => one !== "")) all.push({ line: first, fields });
    [fields, field, first] = [[], "", line];
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "\n") line += 1;
    if (quoted && letter === '"' && text[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (letter === '"' && (quoted || field.trim() === "")) {
      quoted = !quoted;
    } else if (!quoted && letter === comma) {
      fields.push(field.trim());
      field = "";
    } else if (!quoted && letter === "\n") {
      endRecord();
    } else if (letter !== "\r" || quoted) {
      field += letter;
    }
  }
  if (quoted) throw new Unreadable("csv_quote");
  endRecord();
  return all;
}

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().slice(0, 10) === text;

function dayOrFault(student, column, faults) {
  if (student[column] === undefined) return;
  try {
    if (isDay(student[column])) return;
  } catch {
    // Said below.
  }
  faults.push({ say: "fault_day", values: { column } });
}

/** A number as it is written, SMP-7K3F-9Q2M-4; nothing where the text is none of that kind. */
export function numberOf(text, ...kinds) {
  const letters = text.toUpperCase().replace(/[\s-]/g, "");
  const kind = kinds.find((prefix) => letters.startsWith(prefix));
  const rest = kind ? letters.slice(kind.length) : "";
  return /^[0-9A-Z]{9}$/.test(rest) ? `${kind}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}` : undefined;
}

function numberOrFault(student, column, kinds, faults) {
  if (student[column] === undefined) return;
  const number = numberOf(student[column], ...kinds);
  if (number) student[column] = number;
  else faults.push({ say: "fault_number", values: { column } });
}

/**
 * A row, and what is wrong with it: { student, faults }.
 * @param given the columns that have something, as texts.
 * @param {string} today the latest day an award may have.
 */
export function checked(given, line, today) {
  const filled = Object.entries(given).filter(([, value]) => value !== "");
  const student = Object.assign(Object.fromEntries(filled), { line });
  const faults = [];
  student.name = (student.name ?? "").split(/\s+/).filter(Boolean).join(" ");
  const letters = Array.from(student.name);
  if (letters.length < 2 || letters.length > LONGEST_NAME) faults.push({ say: "fault_name", values: {} });
  if (/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/.test(Object.values(student).join(""))) faults.push({ say: "fault_letters", values: {} });
  if (student.awarded === undefined) faults.push({ say: "fault_awarded", values: {} });
  dayOrFault(student, "awarded", faults);
  dayOrFault(student, "valid_until", faults);
  if (student.awarded > today) faults.push({ say: "fault_future", values: {} });
  if (student.valid_until < student.awarded) faults.push({ say: "fault_until", values: {} });
  numberOrFault(student, "listing", ["SMP"], faults);
  numberOrFault(student, "trainer", ["TRN", "SMP"], faults);
  if ((student.trainer === undefined) !== (student.trainer_name === undefined)) faults.push({ say: "fault_trainer", values: {} });
  if ((student.old_number ?? "").length > LONGEST_NUMBER) faults.push({ say: "fault_old_number", values: {} });
  return { student, faults };
}

/**
 * The rows of a CSV file.
 * @param {Uint8Array} bytes UTF-8.
 * @throws {Unreadable}
 */
export function read(bytes, today) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Unreadable("csv_utf8");
  }
  const head = text.split("\n", 1)[0];
  // Spreadsheets of half of Europe write semicolons.
  const [first, ...rows] = records(text, head.includes(";") && !head.includes(",") ? ";" : ",");
  const columns = (first?.fields ?? []).map((heading) => heading.toLowerCase().replace(/[ -]/g, "_"));
  const unknown = columns.find((column) => !COLUMNS.includes(column));
  if (unknown !== undefined) throw new Unreadable("csv_column", { column: unknown || "?", columns: COLUMNS.join(", ") });
  if (new Set(columns).size < columns.length) throw new Unreadable("csv_twice");
  const missing = ["name", "awarded"].find((column) => !columns.includes(column));
  if (missing) throw new Unreadable("csv_missing", { column: missing });
  if (rows.length === 0 || rows.length > MOST_ROWS) throw new Unreadable("csv_rows", { most: MOST_ROWS });
  const seen = new Map();
  return rows.map(({ line, fields }) => {
    if (fields.length !== columns.length) {
      return { student: { line, name: fields.join(" ") }, faults: [{ say: "fault_fields", values: {} }] };
    }
    const row = checked(Object.fromEntries(columns.map((column, at) => [column, fields[at]])), line, today);
    const said = JSON.stringify({ ...row.student, line: 0 });
    if (seen.has(said)) row.faults.push({ say: "fault_same", values: { line: seen.get(said) } });
    else seen.set(said, line);
    return row;
  });
}
