/**
 * Which methods a path has, read from Express's own route table.
 *
 * Source      RFC 9110 15.5.6: 405 names what is allowed; reliability row B28
 */
import type { Request } from 'express';

interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

const layersOf = (request: Request): readonly Layer[] => {
  const { router } = request.app as unknown as { router?: { stack?: readonly Layer[] } };
  return router?.stack ?? [];
};

/** The methods in upper case, sorted; none for a path that no route has. */
export const allowedMethods = (request: Request): readonly string[] => {
  const methods = new Set<string>();
  for (const layer of layersOf(request)) {
    if (layer.route === undefined || !layer.match(request.path)) continue;
    for (const method of Object.keys(layer.route.methods)) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  methods.delete('_ALL');
  return [...methods].sort();
};
