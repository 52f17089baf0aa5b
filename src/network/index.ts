export {
  type DialSubject,
  dialConformance,
  type NetworkConformanceCase,
  type RoutingSubject,
  routingConformance,
} from './conformance.ts'
export { type Deadline, startDeadline } from './dial/deadline.ts'
export { dialTimeout, socketErrorText } from './dial/go-errors.ts'
export { grpcConnectFailure, grpcHealthOutcome } from './dial/grpc-words.ts'
export { followRedirects, type HttpExchange } from './dial/http.ts'
export { headersTimeout, malformedText, urlError } from './dial/http-words.ts'
export {
  type EnforcingOptions,
  enforcingNetwork,
  removeNodeTables,
} from './enforcement/enforcing-network.ts'
export type {
  ConnectOutcome,
  DialedConnection,
  Dialer,
  DialHttpRequest,
  DialTarget,
  GrpcHealthOutcome,
  GrpcHealthRequest,
  HttpAnswer,
  HttpOutcome,
  TcpOutcome,
  TcpRequest,
} from './model/dialer.ts'
export type { ClusterDns, Network, NetworkStatus } from './model/network.ts'
export {
  emptyPolicyTable,
  type PeerSet,
  type PodIsolation,
  type PolicyPeer,
  type PolicyPort,
  type PolicyTable,
  type TrafficRule,
  type TrafficRules,
} from './model/policy-table.ts'
export type {
  Protocol,
  ServiceEndpoint,
  ServiceHealthCheck,
  ServicePort,
  ServiceTable,
  TrafficPolicy,
} from './model/service-table.ts'
export { emptyServiceTable } from './model/service-table.ts'
export type { CommandOptions, NodeCommands } from './nftables/command.ts'
export { cutOff, joinAgain } from './nftables/cut-off.ts'
export { healthAnswer } from './nftables/health-servers.ts'
export {
  ensureNamespaceNodes,
  type NamespaceNode,
  type NamespaceNodesOptions,
  namespaceGateway,
  namespaceGateways,
  namespaceNetworks,
  netnsPath,
  removeNamespaceNodes,
  setNodeLink,
} from './nftables/namespaces.ts'
export { type Flow, type FlowJudgement, judgeFlow } from './policies/judge.ts'
