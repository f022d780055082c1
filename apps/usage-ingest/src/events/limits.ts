/**
 * How much a centre may send at once.
 *
 * Units       bytes of the inflated body, milliseconds; values: objects, lists, texts, numbers, true,
 *             false and null
 * Source      design ruling R19; reliability rows B09, B13, B15, D16
 */
export const EVENT_BYTES_MAX = 1_048_576;
export const BATCH_BYTES_MAX = 16_777_216;
export const BATCH_EVENTS_MAX = 10_000;
/** Of three bytes a parser can make a hundred: these are counted before it begins. */
export const EVENT_VALUES_MAX = 262_144;
export const BATCH_VALUES_MAX = 1_000_000;
/** What a parsed value takes in memory; up to eight times the text it is reckoned with the text. */
export const VALUE_BYTES = 64;
export const PARSED_FACTOR = 8;
/** One recorded stream of a provider: some 30,000 pieces of an answer. */
export const RECORDED_STREAM_BYTES_MAX = 8_388_608;

/** A whole batch; less than the 30 s after which a slow body must have been refused. */
export const BATCH_TOTAL_MS = 25_000;
/** A stream of lines may last for ever, but not be silent, nor leave its answers unread. */
export const STREAM_SILENCE_MS = 30_000;

/** One produce round of a stream. */
export const CHUNK_LINES_MAX = 1_000;
export const CHUNK_BYTES_MAX = 1_048_576;
export const CHUNKS_IN_FLIGHT_MAX = 4;

/** Deeper items are not even walked; a flat event has depth 3. */
export const ITEM_DEPTH_MAX = 64;
/** Beyond this the text is not parsed at all. */
export const TEXT_DEPTH_MAX = 100_000;

/** Bodies that are held in memory at the same time, over all requests. */
export const HELD_BYTES_MAX = 100_663_296;

/** Of which one centre may hold so much: the others' bodies still find room (S50). */
export const HELD_BYTES_CENTRE_MAX = 50_331_648;

/** A refused item beyond this is reported without its raw bytes, which must fit into a message. */
export const SEALED_BYTES_MAX = 983_040;
/** And of the headers around it. */
export const SEALED_AROUND_BYTES_MAX = 32_768;

/** Refused items that are opened and judged again at once. */
export const REDRIVEN_BYTES_MAX = 8_388_608;
