import { describe, expect, it } from '@jest/globals';

import type { Trace } from './trace.js';
import { drawTree, treeOf } from './tree.js';
import type { TracedVersion } from './versions.js';

describe('a drawn tree', () => {
  it('shows what follows from what', () => {
    const leaf = (text: string) => ({ text, below: [] });
    const node = { text: 'b', below: [leaf('c'), leaf('d')] };
    expect(drawTree({ text: 'a', below: [node, leaf('e')] })).toEqual([
      'a',
      '├─ b',
      '│  ├─ c',
      '│  └─ d',
      '└─ e',
    ]);
  });
});

describe('a traced call that was corrected', () => {
  const effect = (sign: 1 | -1, quantity: string, amount: string) => ({
    ...{ sign, quantity, amount, servicePeriod: '2026-05', postingPeriod: '2026-06' },
  });
  const versions: readonly TracedVersion[] = [
    {
      ...{ revision: '0', action: 'call', source: '/c/1', id: 'e-1', record: null, code: null },
      ...{ counts: false, effects: [effect(-1, '-9', '-0.9')] },
    },
    {
      ...{ revision: '2', action: 'void', source: '/c/1', id: 'v-2', record: 'usage.recorded 1/7' },
      ...{ code: null, counts: true, effects: [] },
    },
  ];
  const trace: Trace = {
    ...{ tenant: 't', source: '/c/1', id: 'e-1', state: 'rated', reason: null, record: 'r' },
    ...{ time: 'T', contract: 'c', model: 'm', centre: 'one', upstream: null, authorization: null },
    ...{ priceTable: 'p', priceVersion: 'P1', currency: 'USD', amount: '0.9', billing: 'billable' },
    ...{ servicePeriod: '2026-05', postingPeriod: '2026-05', quarterHour: 'T', kinds: [] },
    ...{ conflicts: [], versions, isVoid: true, invoice: null },
  };

  it('R3 shows its versions, what was taken back, and that it is void', () => {
    const lines = drawTree(treeOf(trace));
    expect(lines[0]).toContain('void 已作废');
    expect(lines).toContain('├─ versions 更正');
    expect(lines).toContain('│  ├─ the call itself: does not count');
    expect(lines.join('\n')).toContain('taken back: -9 tokens, -0.9, service 2026-05');
    expect(lines.join('\n')).toContain('revision 2, void /c/1 v-2 (usage.recorded 1/7): counts');
  });
});
