export type {
  Connection,
  ConnectOutcome,
  Dialer,
  DialTarget,
  GrpcHealthOutcome,
  GrpcHealthRequest,
  HttpAnswer,
  HttpOutcome,
  HttpRequest,
  TcpOutcome,
  TcpRequest,
} from './dialer.ts'
export type { ClusterDns, Network, NetworkStatus } from './network.ts'
export type {
  HealthCheck,
  Protocol,
  ServiceEndpoint,
  ServicePort,
  ServiceTable,
  TrafficPolicy,
} from './service-table.ts'
export { emptyServiceTable } from './service-table.ts'
