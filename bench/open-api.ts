import { apiProtobuf, apiSchema, resources } from '#api'
import { type ApiServer, createApiServer } from '#apiserver'
import { type Clock, seededRandom, silentLogger } from '#lib'
import { createMemoryStore } from '#store'

/** An API server over a store in memory that lets everybody do everything: what is measured is the server. */
export function openBenchedApi(clock: Clock): Promise<ApiServer> {
  return createApiServer({
    store: createMemoryStore({ clock }),
    clock,
    random: seededRandom(1),
    log: silentLogger,
    resources,
    schema: apiSchema,
    protobuf: apiProtobuf,
    descriptions: { type: () => undefined, field: () => undefined },
    version: 'v1.36.0+knarr',
    nodes: () => Promise.reject(new Error('no nodes')),
    allocators: [],
    commitLog: () => {},
    authenticators: () => [],
    authorizer: () => ({
      name: 'all',
      authorize: () => ({ kind: 'allow', reason: '' }),
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    }),
    admission: () => [],
    actions: () => ({}),
  })
}
