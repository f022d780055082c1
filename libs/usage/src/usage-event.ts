/**
 * An accepted event: the field list of `usage.recorded`, normalised.
 *
 * Units       time: microseconds since the epoch; kinds: tokens.
 * Invariant   nothing here is undefined; what the sender did not say is null or empty.
 */
export interface UsageEvent {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly time: bigint;
  readonly contract: string;
  readonly buyer: string;
  readonly centre: string;
  readonly modelOrdered: string;
  /** Null: as ordered. */
  readonly modelServed: string | null;
  readonly kinds: Readonly<Record<string, bigint>>;
  readonly subject: string | null;
  readonly upstream: string | null;
  readonly authorization: string | null;
  readonly lot: string | null;
  readonly dispatch: string | null;
  readonly dataOrigin: string | null;
  readonly endUserCountry: string | null;
  readonly facility: string | null;
  readonly pool: string | null;
  readonly returnCountry: string | null;
  readonly purpose: string | null;
  readonly latencyMs: bigint | null;
  readonly credential: string | null;
  readonly session: string | null;
  readonly reservation: string | null;
  readonly admission: string | null;
  readonly serviceTier: string | null;
  readonly audioMs: bigint | null;
  readonly images: bigint | null;
  readonly requests: bigint | null;
  readonly outcome: string | null;
  readonly finality: string | null;
  readonly correctsSource: string | null;
  readonly correctsId: string | null;
  readonly revision: bigint | null;
  /** What the event does to the call that it names; null: it is a call of its own. */
  readonly correction: 'correct' | 'void' | null;
  readonly routeType: string | null;
  readonly route: string | null;
  readonly controlRegion: string | null;
  readonly inferenceRegion: string | null;
  readonly useCase: string | null;
  readonly industry: string | null;
  readonly device: string | null;
  readonly host: string | null;
  readonly upstreamRequestId: string | null;
  readonly endUser: string | null;
  readonly dataClass: string | null;
  readonly datasetTag: string | null;
  readonly kindsIncomplete: boolean | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, string>>;
  /** The credential that sent it: of the transport, and no part of what is said. */
  readonly sentBy: string | null;
}
