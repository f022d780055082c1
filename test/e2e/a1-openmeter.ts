/**
 * Scene A1 in the form of OpenMeter's clients: events of a foreign type with a usage of the OpenAI
 * style. The mapping of the centre says whose they are; there is no place for an authorization.
 *
 * Source      OpenMeter API, POST /api/v1/events; docs/how-to-centre.md 4
 */
import { ACCOUNT, portions, type Call } from './a1-calls.js';
import { post, together, type Centre, type Posted, type Told } from './a1-centre.js';
import { CENTRE, SOURCE } from './scene-a.js';

const SUBJECT = 'bintang-key-1';

const eventOf = (call: Call) => ({
  ...{ specversion: '1.0', type: 'tokens', source: SOURCE, id: call.id, time: call.time },
  subject: SUBJECT,
  data: {
    ...{ model: call.model, prompt_tokens: call.prompt, completion_tokens: call.completion },
    total_tokens: call.prompt + call.completion,
    prompt_tokens_details: { cached_tokens: call.cached },
    completion_tokens_details: { reasoning_tokens: call.reasoning },
  },
});

interface Refused {
  readonly code: string;
  readonly errors: readonly { readonly code: string }[];
}

const toldOf = ({ status, body }: Posted, offered: number): Told => {
  if (status === 204) return { accepted: offered, refused: [] };
  const { code, errors } = body as Refused;
  if (code !== 'EVENTS_REFUSED') throw new Error(`The door answered ${JSON.stringify(body)}.`);
  return { accepted: offered - errors.length, refused: errors.map((error) => error.code) };
};

export const offerMeterEvents = async (centre: Centre): Promise<Told> => {
  const mapping = { source: SOURCE, subjects: { [SUBJECT]: ACCOUNT } };
  await centre.tenant.ingest.put(`/v1/centres/${CENTRE}/mapping`, mapping);
  const told = [];
  for (const portion of portions) {
    const body = JSON.stringify(portion.map(eventOf));
    const door = { path: '/api/v1/events', type: 'application/json', answers: [204, 422] };
    told.push(toldOf(await post(centre, { ...door, body }), portion.length));
  }
  return together(told);
};
