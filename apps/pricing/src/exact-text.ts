/** An exact decimal's text without zeros that say nothing: `0.001200` is `0.0012`. */
export const trimZeros = (decimal: string): string => {
  if (!decimal.includes('.')) return decimal;
  let end = decimal.length;
  while (decimal[end - 1] === '0') end -= 1;
  return decimal.slice(0, decimal[end - 1] === '.' ? end - 1 : end);
};
