import { describe, expect, it } from '@jest/globals';
import { decode } from '@suanpan/messages';
import type { AgreementEvent, SignAgreement } from '@suanpan/profit-share';
import { fromAgreementBody, toAgreementBody } from '../src/agreements/agreement-body.js';
import {
  agreementOrder,
  fromWireAgreement,
  toWireAgreement,
} from '../src/agreements/agreement-wire.js';

const party = (name: string, role: string, shareBps: number) => ({ party: name, role, shareBps });

const order = agreementOrder.parse({
  currency: 'USD',
  effectiveFrom: '2026-05-16T00:00:00+07:00',
  contracts: ['C-1'],
  steps: [
    {
      kind: 'per-million',
      party: 'vendor',
      perMillion: '0.20',
      tokenKinds: ['output', 'reasoning'],
      models: ['m-chat'],
    },
    { kind: 'percentage', party: 'reseller', role: 'reseller', shareBps: 800 },
    {
      kind: 'shares',
      parties: [party('centre', 'centre', 7_500), party('operator', 'operator', 2_500)],
    },
  ],
});

const signed = (command: SignAgreement): AgreementEvent => ({
  ...command,
  type: 'AgreementSigned',
});

describe('an agreement on the wire', () => {
  const command = fromWireAgreement('AG-1', 3, order);

  it('reads a zone’s midnight as the instant it is', () => {
    expect(command.effectiveFrom).toBe(1_778_864_400_000_000n);
  });

  it('takes a per-million party without a role for a vendor', () => {
    expect(command.steps[0]).toMatchObject({ kind: 'per-million', role: 'vendor' });
  });

  it('is stored and read back as it was signed', () => {
    const { type, body } = toAgreementBody(signed(command));
    const stored: unknown = JSON.parse(JSON.stringify(body));
    expect(fromAgreementBody(type, stored)).toEqual(signed(command));
  });

  it('is told with the digits of its price and the roles of its parties', () => {
    const { value } = toWireAgreement('shantou', signed(command), 0n);
    expect(decode(value).value).toMatchObject({
      tenant: 'shantou',
      agreement: 'AG-1',
      version: 3,
      steps: [
        { kind: 'per-million', party: 'vendor', perMillion: '0.20', parties: [{ role: 'vendor' }] },
        { kind: 'percentage', parties: [{ party: 'reseller', shareBps: 800n }] },
        { kind: 'shares', parties: [{ shareBps: 7_500n }, { shareBps: 2_500n }] },
      ],
    });
  });

  it('an end is stored and read back too', () => {
    const ended = { type: 'AgreementEnded', agreementId: 'AG-1', effectiveUntil: 900n } as const;
    const { type, body } = toAgreementBody(ended);
    expect(fromAgreementBody(type, body)).toEqual(ended);
    expect(decode(toWireAgreement('shantou', ended, 7n).value).value).toMatchObject({
      until: 900n,
    });
  });

  it.each([
    ['per-million', 'party'],
    ['per-million', 'perMillion'],
    ['percentage', 'role'],
    ['percentage', 'shareBps'],
    ['shares', 'parties'],
  ] as const)('MISSING_FIELD when a %s step has no %s', (kind, field) => {
    const steps = order.steps.map((step) =>
      step.kind === kind ? { ...step, [field]: null } : step,
    );
    expect(() => fromWireAgreement('AG-1', 3, { ...order, steps })).toThrow(
      expect.objectContaining({
        code: 'MISSING_FIELD',
        path: `steps.${order.steps.findIndex((step) => step.kind === kind)}.${field}`,
      }) as unknown as Error,
    );
  });
});
