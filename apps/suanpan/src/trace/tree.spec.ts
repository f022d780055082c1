import { describe, expect, it } from '@jest/globals';

import { drawTree } from './tree.js';

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
