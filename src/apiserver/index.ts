export type { Action, ActionRequest, ActionResult, Actions } from './actions/action.ts'
export type { Admission, AdmissionAttributes, AdmissionContext } from './admission/admission.ts'
export { systemPriorityClasses } from './admission/plugins/priority.ts'
export { type AdmissionSettings, readAdmissionSettings } from './admission/settings/settings.ts'
export type { AuditOptions } from './audit/auditor.ts'
export type { AuditPolicy } from './audit/policy.ts'
export { readAuditPolicy } from './audit/read-policy.ts'
export type { AuditSink } from './audit/sink.ts'
export type { Authentication, Authenticator } from './authn/authenticator.ts'
export type { RequestHeaders } from './authn/request-header.ts'
export {
  type AuthenticationConfiguration,
  parseAuthenticationConfiguration,
} from './authn/structured/configuration.ts'
export {
  createStructuredAuthentication,
  type StructuredAuthentication,
} from './authn/structured/structured-authentication.ts'
export type { AuthorizationAttributes, Authorizer, Decision } from './authz/authorizer.ts'
export { bootstrapPolicy, type ControllerPermissions } from './authz/bootstrap-policy.ts'
export {
  type AuthorizationConfiguration,
  parseAuthorizationConfiguration,
} from './authz/structured/configuration.ts'
export {
  type ConnectionFiles,
  createStructuredAuthorization,
  type StructuredAuthorization,
} from './authz/structured/structured-authorization.ts'
export type { WebhookConnection } from './authz/structured/webhook-authorizer.ts'
export type { ObjectReader } from './cache/object-reader.ts'
export { createEncryption, type Encryption } from './encryption/encryption.ts'
export type { HttpLimits } from './http/limits.ts'
export {
  type HttpsServer,
  type ServeHttpsOptions,
  serveHttps,
  type TlsOptions,
} from './http/serve-https.ts'
export type { HealthCheck } from './monitoring/health.ts'
export type { CommitLog, CommitRecord } from './request/commit-log.ts'
export type { ConnectHandler, Connection } from './request/connection.ts'
export type { PathHandler } from './request/path-handler.ts'
export type { RefusedRequest } from './request/refused-request.ts'
export type { Allocator } from './request/resource-request.ts'
export { wholeRequest } from './request/whole-request.ts'
export type { Definition } from './served/definition.ts'
export type { Served, ServedKinds } from './served/served.ts'
export {
  type ApiServer,
  type ApiServerOptions,
  createApiServer,
  type ServerParts,
} from './server.ts'
export {
  type ServiceAccountSettings,
  type StandardOptions,
  standardParts,
} from './standard-parts.ts'
export { readTracingConfiguration } from './tracing/read-config.ts'
export type { FinishedSpan, TracingOptions } from './tracing/tracer.ts'
export { createPlainTransport } from './webhooks/plain-transport.ts'
export { createTlsTransport } from './webhooks/tls-transport.ts'
export type { WebhookAnswer, WebhookCall, WebhookTransport } from './webhooks/transport.ts'
