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
} from './client.ts'
export type {
  Change,
  IndexFunction,
  Informer,
  InformerFactory,
  InformerOptions,
  Lister,
} from './informer.ts'
export type { EventInput, EventRecorder, EventType, ObjectReference } from './recorder.ts'
