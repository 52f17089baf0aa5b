export { type ClientMetrics, createClientMetrics } from './client-metrics.ts'
export type {
  Client,
  DeleteOptions,
  List,
  ListQuery,
  PatchBody,
  Reader,
  Transport,
  WatchEvent,
  WatchQuery,
  WriteOptions,
  Writer,
} from './contract/client.ts'
export {
  type DiscoveredResource,
  type Discovery,
  discoverResources,
  supports,
} from './discovery.ts'
export { type EventRecorderOptions, type EventSource, referenceTo } from './event-objects.ts'
export { createEventRecorder } from './event-recorder.ts'
export { createHttpsTransport, type HttpsTransportOptions } from './https/https-transport.ts'
export type {
  Change,
  IndexFunction,
  Informer,
  InformerFactory,
  InformerOptions,
  Lister,
} from './informer.ts'
export { createInformerFactory } from './informer-factory.ts'
export { electLeader, type LeaderElectionOptions } from './leader-election.ts'
export type { EventInput, EventRecorder, EventType, ObjectReference } from './recorder.ts'
export { createSeriesRecorder } from './series-recorder.ts'
export { createInformer, type InformerWorld } from './shared-informer.ts'
export { type ClientOptions, createClient } from './typed-client.ts'
