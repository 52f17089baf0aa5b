/**
 * The door of those who run name servers on this machine: sockets, processes and the machine's own
 * resolvers. It is a door of its own, so that a simulation loads none of it.
 */

export { type OpenSockets, serveAt } from '../server/listener.ts'
export { createResponder } from '../server/responder.ts'
export {
  type NameServers,
  type NameServersOptions,
  nameServersOf,
  stopNameServers,
} from './name-server.ts'
export { type NameServerSite, nameServerLayout } from './protocol.ts'
export { serveNames } from './serve-names.ts'
