import type { AdmissionOptions } from './admission/plugins/index.ts'
import type { ObjectReader } from './cache/object-reader.ts'

/** What plugins are made from besides clock, chance and authorizers, where nothing of it is used. */
export function unusedPluginParts(
  objects: ObjectReader,
): Pick<
  AdmissionOptions,
  'objects' | 'admissionChanges' | 'served' | 'schemaOf' | 'ownedTypeOf' | 'webhooks' | 'writer'
> {
  return {
    objects,
    admissionChanges: () => 1,
    served: { all: [], find: () => undefined, storedAs: (resource) => resource },
    schemaOf: (name) => ({ kind: 'object', name, field: () => undefined }),
    ownedTypeOf: () => ({}),
    writer: { updateStatus: async () => {} },
    webhooks: {
      post: () => Promise.reject(new Error('nobody is called')),
      [Symbol.dispose]: () => undefined,
    },
  }
}
