//! Every limit of the service in one place.
//!
//! What an operator may want to move is a setting with its default here; the rest is fixed because
//! clients and certificates depend on it.

use std::time::Duration;

/// A request body, unless the operation says otherwise, in bytes.
pub const BODY_BYTES: usize = 64 * 1024;
/// A certificate as submitted or to be verified, in bytes.
pub const CERTIFICATE_BYTES: usize = 64 * 1024;
/// Requests to academies that a listing may have waiting.
pub const SIGNING_REQUESTS: i64 = 20;
/// How often witnesses are asked to cosign what is new.
pub const COSIGN_EVERY: Duration = Duration::from_secs(10);
/// Status lists whose bits are kept unpacked; each is 16 KiB.
pub const UNPACKED_LISTS: usize = 256;
/// Documents of which what the directory knows is kept for the next question; a few kilobytes each.
pub const KNOWN_DOCUMENTS: usize = 4096;
/// How long that may be kept: how late a verdict may see what another process of the same directory did.
pub const KNOWN_FOR: Duration = Duration::from_secs(1);
/// Certificates submitted at once.
pub const BATCH: usize = 100;
/// The certificates submitted at once, together, in bytes.
pub const BATCH_BYTES: usize = 2 * 1024 * 1024;
/// How long the registry's credential is handed out before it is signed anew.
pub const REGISTRY_LIFE: Duration = Duration::from_hours(1);
/// A bundle for verifying without a network, in bytes.
pub const BUNDLE_BYTES: usize = 16 * 1024 * 1024;
/// A credential or presentation in a request of the VC-API, in bytes.
pub const INTEROP_BYTES: usize = 256 * 1024;
/// A picture, drawing or PDF that carries a certificate, in bytes.
pub const CARRIER_BYTES: usize = 4 * 1024 * 1024;
/// The largest body any operation takes, in bytes; the edge refuses more before anything is read.
pub const LARGEST_BODY_BYTES: usize = PHOTO_BYTES;
/// How long a request body may take to arrive.
pub const BODY_READ_TIME: Duration = Duration::from_secs(20);
/// Path and query together, in bytes: enough that a parameter far too long is told so by its name.
pub const URI_BYTES: usize = 16 * 1024;
/// All header fields of a request together, in bytes.
pub const HEADER_BYTES: usize = 32 * 1024;
/// Header fields of one request.
pub const HEADER_FIELDS: usize = 100;
/// Parameters in one query.
pub const QUERY_PARAMETERS: usize = 100;
/// How deep JSON may nest.
pub const JSON_DEPTH: usize = 32;
/// Faults reported at once; more than these help nobody.
pub const FAULTS: usize = 50;
/// A cursor, in bytes of text.
pub const CURSOR_BYTES: usize = 1024;
/// An idempotency key, in characters.
pub const IDEMPOTENCY_KEY_CHARS: usize = 255;
/// How long a create can be repeated with its idempotency key.
pub const IDEMPOTENCY_KEY_LIFE: Duration = Duration::from_hours(24);
/// How often what has run out is forgotten.
pub const PURGE_EVERY: Duration = Duration::from_mins(15);
/// A request id taken from the caller, in characters.
pub const REQUEST_ID_CHARS: usize = 64;
/// Answers smaller than this are not worth compressing, in bytes.
pub const COMPRESS_FROM_BYTES: u64 = 1024;
/// Answers larger than this are sent as they are, in bytes.
pub const COMPRESS_TO_BYTES: u64 = 8 * 1024 * 1024;
/// Callers whose quota is remembered at once; beyond that, strangers share one quota.
pub const RATE_CALLERS: usize = 100_000;
/// HTTP/2 streams of one connection at once.
pub const HTTP2_STREAMS: u32 = 100;
/// Places suggested for a name at most.
pub const PLACES: usize = 50;
/// Places suggested for a name unless more are asked for.
pub const PLACES_BY_DEFAULT: usize = 10;
/// Characters of a token that are kept in the clear, to tell one from another in a list: the prefix
/// and four more.
pub const TOKEN_HINT: usize = 11;
/// Characters of a token's label.
pub const TOKEN_LABEL: usize = 60;

/// Characters of a person's, clinic's or academy's name.
pub const NAME_CHARS: usize = 120;
/// Former names, and names also used, each.
pub const NAMES_PER_LISTING: usize = 10;
/// Characters of a listing's headline.
pub const HEADLINE_CHARS: usize = 160;
/// Characters of a listing's text in the practitioner's own words.
pub const BIO_CHARS: usize = 5_000;
/// Characters of a web address.
pub const URL_CHARS: usize = 500;
/// Characters of an e-mail address (RFC 5321 section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_CHARS: usize = 254;
/// Characters of a telephone number as it is written.
pub const PHONE_CHARS: usize = 40;
/// Social profiles of a listing.
pub const SOCIAL_PROFILES: usize = 12;
/// Codes of one vocabulary on a listing: conditions, techniques, welcomes, languages.
pub const CODES_PER_LIST: usize = 60;
/// Services of a listing, one price each.
pub const SERVICES_PER_LISTING: usize = 60;
/// The largest price, in minor units of its currency.
pub const PRICE_MINOR_UNITS: i64 = 10_000_000_000;
/// Sessions a price may include.
pub const SESSIONS_INCLUDED: u32 = 20;
/// Trainings stated on a listing.
pub const STATED_TRAININGS: usize = 30;
/// Characters of a course's name.
pub const COURSE_NAME_CHARS: usize = 160;
/// Clinics somebody works at.
pub const CLINICS_PER_LISTING: usize = 20;
/// Stretches of a week in which a clinic is open.
pub const OPENING_HOURS: usize = 21;
/// Lines of a clinic's street address.
pub const ADDRESS_LINES: usize = 4;
/// Characters of one part of an address.
pub const ADDRESS_CHARS: usize = 120;
/// Bytes of an uploaded portrait.
pub const PORTRAIT_BYTES: usize = 8 * 1024 * 1024;
/// Pixels of a portrait along one side.
pub const PORTRAIT_SIDE: u32 = 12_000;
/// Pixels of a portrait in all.
pub const PORTRAIT_PIXELS: u64 = 40_000_000;
/// Bytes a decoder may take for a portrait: six for each pixel, so that 16-bit colours fit.
pub const PORTRAIT_DECODING_BYTES: u64 = 6 * PORTRAIT_PIXELS;
/// Memory that pictures may take at once while they are read, in bytes, where the machine has enough.
pub const PICTURE_MEMORY_BYTES: u64 = 400 * 1024 * 1024;
/// The part of a smaller machine's memory that they may take: one of so many.
pub const PICTURE_MEMORY_PART: u64 = 4;
/// How long a picture waits for its share of that memory.
pub const PICTURE_WAIT: Duration = Duration::from_secs(15);
/// The first year anybody can have practised scalp micropigmentation.
pub const FIRST_PRACTICE_YEAR: i32 = 1990;
/// How long a request may wait for the writer to note that its token was used today.
pub const TOKEN_USE_WAIT: Duration = Duration::from_millis(100);

/// Rendered answers kept in memory at most.
pub const RENDERED_ENTRIES: usize = 20_000;
/// Listings kept in memory as search results show them, at most.
pub const CARD_ENTRIES: usize = 20_000;

/// How long the search index waits for a wake-up before it looks for changes of other processes.
pub const INDEX_POLL: Duration = Duration::from_millis(100);
/// Changes the search index takes in at once.
pub const INDEX_CHANGES: i64 = 200;
/// Listings in one batch of the search index: small, so that a commit stays within 50 ms.
pub const INDEX_BATCH: usize = 100;
/// How often the index's follower looks whether a command asks for a new index.
pub const INDEX_REQUESTS: Duration = Duration::from_secs(1);
/// Listings that are compared with the index at once, and how often some are: all of 10,000 within the hour.
pub const INDEX_DRIFT_SAMPLE: usize = 60;
/// See [`INDEX_DRIFT_SAMPLE`].
pub const INDEX_DRIFT_EVERY: Duration = Duration::from_secs(20);
/// How long a search of somebody with a token waits for what they may have changed a moment ago.
pub const OWN_CHANGE_WAIT: Duration = Duration::from_secs(2);
/// How long an instance counts as being there after it last said so, and how often it does.
pub const INSTANCE_LIFE: Duration = Duration::from_secs(20);
/// See [`INSTANCE_LIFE`].
pub const INSTANCE_EVERY: Duration = Duration::from_secs(5);
/// How long an instance writes to an index that all share without renewing its right to.
pub const INDEX_LEASE: Duration = Duration::from_secs(15);
/// How long a search may take that is asked of another process.
pub const SEARCH_WITHIN: Duration = Duration::from_secs(3);
/// How long such a process may take to accept what is written to it.
pub const SEARCH_WRITE_WITHIN: Duration = Duration::from_secs(10);
/// How often listings that change by time alone are looked for.
pub const INDEX_SWEEP: Duration = Duration::from_secs(30);
/// Batches of such listings brought in by one sweep; the next goes on.
pub const INDEX_SWEEP_ROUNDS: usize = 100;
/// How long the search index has nothing to write before it gives back what writing takes.
pub const INDEX_REST_AFTER: Duration = Duration::from_secs(10);
/// The first pause before a search index that failed is tried again; the pauses double.
pub const INDEX_RETRY: Duration = Duration::from_millis(250);
/// The longest such pause.
pub const INDEX_RETRY_MOST: Duration = Duration::from_secs(10);
/// Listings read at once when the search index is made anew.
pub const REBUILD_CHUNK: i64 = 500;

/// Courses of one academy.
pub const COURSES: i64 = 500;
/// Versions of one course.
pub const COURSE_VERSIONS: i64 = 200;
/// Trainers of one academy.
pub const TRAINERS: i64 = 500;
/// Recognitions of one academy, over all time.
pub const RECOGNITIONS: usize = 100;
/// Keys of one academy, over all time: they are all in its DID document.
pub const ACADEMY_KEYS: usize = 100;
/// Challenges of one academy that wait to be signed at once.
pub const KEY_CHALLENGES: i64 = 10;
/// How long a challenge can be signed.
pub const KEY_CHALLENGE_LIFE: Duration = Duration::from_mins(15);
/// How long an academy's second and every later key waits before it signs, so that the academy can
/// notice a key it does not know.
pub const KEY_WAIT: Duration = Duration::from_hours(72);
/// A DID document on an academy's own site, in bytes.
pub const DID_DOCUMENT_BYTES: usize = 64 * 1024;
/// How old what is known of such a document may become before it is looked at again.
pub const DID_AGE: Duration = Duration::from_hours(1);
/// How often documents that are so old are looked for.
pub const DID_EVERY: Duration = Duration::from_mins(5);
/// Documents looked at in one turn.
pub const DID_BATCH: i64 = 20;
/// Status lists of one academy, over all time; each serves 65,536 certificates.
pub const STATUS_LISTS: usize = 100;
/// Bits of a status list that are given out at once.
pub const STATUS_ENTRIES: u32 = 1_000;
/// How far the clock of who signs may be ahead of ours.
pub const CLOCK_SKEW: Duration = Duration::from_mins(5);
/// How far from now the time in a signed statement may be.
pub const STATEMENT_AGE: Duration = Duration::from_mins(10);
/// How often what waits for the public log enters it.
pub const LOG_EVERY: Duration = Duration::from_secs(1);
/// Entries that enter the log in one transaction.
pub const LOG_BATCH: i64 = 1_000;
/// How long one process may append to the log before it must say again that it does.
pub const LOG_LEASE: Duration = Duration::from_secs(30);
/// Within which time what was received is in the log: what a receipt promises.
pub const LOG_WITHIN: Duration = Duration::from_hours(1);
/// The address of a course version, in bytes.
pub const COURSE_VERSION_URL_BYTES: usize = 400;
/// Items of a page of a list, unless the caller asks for another number, of at most 100.
pub const PAGE: usize = 20;
/// Clinics that must say their price before a usual price means anything.
pub const USUAL_PRICE_CLINICS: usize = 8;
/// A price below so many per cent of the median is far below the usual.
pub const FAR_BELOW_PER_CENT: i64 = 40;
/// How long a usual price is kept before it is counted anew.
pub const USUAL_PRICE_KEPT: Duration = Duration::from_mins(10);
/// Listings that can be laid side by side.
pub const COMPARED: usize = 4;

/// Days after its first session within which a treatment is recorded.
pub const RECORD_WITHIN_DAYS: i64 = 30;
/// Sessions of one treatment.
pub const SESSIONS: usize = 12;
/// Days from the first session of a treatment to its last.
pub const COURSE_DAYS: i64 = 400;
/// Days after the last session that a client's address is kept: thirteen months.
pub const CONTACT_DAYS: i64 = 396;
/// How long an invitation can be used.
pub const INVITATION_LIFE: Duration = Duration::from_hours(120 * 24);
/// How long whoever starts a review has to confirm the address.
pub const CONFIRMATION_LIFE: Duration = Duration::from_hours(14 * 24);
/// Practitioners named behind the closest cases.
pub const PRACTITIONERS_BEHIND: usize = 10;
/// Photos asked about by their hashes in one request.
pub const HASHES_ASKED: usize = 20;
/// Time between two letters about the consent to one case.
pub const CONSENT_LETTER_EVERY: Duration = Duration::from_hours(1);
/// How long a mail server may take for one answer.
pub const SMTP_WAIT: Duration = Duration::from_secs(15);
/// Letters to one mailbox in a day about reviews it is asked to confirm.
pub const CONFIRMATIONS_PER_DAY: i64 = 5;
/// Days back that the last session of a review started by a client may be.
pub const REVIEWED_WITHIN_DAYS: i64 = 5 * 365;
/// Characters of a review's text at least, whatever its stars.
pub const REVIEW_CHARS_LEAST: usize = 40;
/// Characters of a review's text at most.
pub const REVIEW_CHARS: usize = 5_000;
/// Treatments whose follow-up is sent, or whose address is erased, in one transaction.
pub const FOLLOW_UP_BATCH: i64 = 100;
/// How often follow-ups that are due are looked for.
pub const FOLLOW_UP_EVERY: Duration = Duration::from_mins(5);
/// Characters of a practitioner's reply to a review.
pub const REPLY_CHARS: usize = 2_000;
/// Characters of a report, a statement of reasons, an appeal, a concern.
pub const STATEMENT_CHARS: usize = 4_000;
/// How long after its removal an author may appeal.
pub const APPEAL_WINDOW: Duration = Duration::from_hours(180 * 24);
/// How long an operator has to look into a concern that somebody may be hurt.
pub const CONCERN_URGENT: Duration = Duration::from_hours(3 * 24);
/// How long an operator has to look into any other concern.
pub const CONCERN_USUAL: Duration = Duration::from_hours(14 * 24);
/// Bytes of a request with a proof in it: a file of a megabyte in base64, and the rest.
pub const PROOF_BYTES: usize = 1_500_000;
/// Reviews of one listing within a day that somebody shall look at.
pub const BURST: i64 = 6;
/// Reviews compared with a new one because a band of their fingerprints agrees, at most.
pub const PRINTS: i64 = 200;

/// Bytes of an uploaded photo of a case.
pub const PHOTO_BYTES: usize = 20 * 1024 * 1024;
/// Pixels of a photo along its shorter side, at least.
pub const PHOTO_SHORTEST: u32 = 320;
/// Pixels of a picture that somebody asks about along its shorter side, at least.
pub const ASKED_PHOTO_SHORTEST: u32 = 64;
/// Pixels of a photo along its longer side.
pub const PHOTO_SIDE: u32 = 12_000;
/// Pixels of a photo in all.
pub const PHOTO_PIXELS: u64 = 50_000_000;
/// Bytes a decoder may take for a photo.
pub const PHOTO_DECODING_BYTES: u64 = 4 * PHOTO_PIXELS;
/// Words that a search in the reviews of a listing looks for at most.
pub const WORDS_OF_A_REVIEW: usize = 4;
/// Uploads whose progress is told at most.
pub const UPLOADS_TOLD: usize = 1000;
/// For how long the progress of an upload is told, from its beginning.
pub const UPLOAD_TOLD: Duration = Duration::from_mins(10);
/// Uploads and checks of pictures at once, bodies included: each may hold [`PHOTO_BYTES`].
pub const PICTURES_AT_ONCE: usize = 8;
/// How long an upload waits for a place among them.
pub const PICTURES_QUEUE_WAIT: Duration = Duration::from_secs(20);
/// Photos of one case.
pub const PHOTOS_PER_CASE: i64 = 40;
/// Cases of one listing.
pub const CASES_PER_LISTING: i64 = 2_000;
/// Conditions of one case.
pub const CONDITIONS_PER_CASE: usize = 6;
/// Sessions of one case.
pub const SESSIONS_PER_CASE: usize = 20;
/// How long a link for a client's consent can be used for the first time.
pub const CONSENT_LINK_LIFE: Duration = Duration::from_hours(90 * 24);
/// How long anybody may keep a photo of a case: what is withdrawn must be gone within a minute.
pub const PHOTO_MAX_AGE: Duration = Duration::from_secs(60);
/// How long after an upload began the files of one that came to nothing are looked for.
pub const PHOTO_LEFTOVER: Duration = Duration::from_mins(10);
/// How often cases are looked for whose consent has run out or whose listing is gone.
pub const CASES_SWEEP: Duration = Duration::from_secs(30);
