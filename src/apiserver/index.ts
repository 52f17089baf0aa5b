export type { Admission, AdmissionAttributes, AdmissionContext } from './admission/admission.ts'
export { systemPriorityClasses } from './admission/priority.ts'
export type { Authentication, Authenticator } from './authn/authenticator.ts'
export type { AuthorizationAttributes, Authorizer, Decision } from './authz/authorizer.ts'
export { bootstrapPolicy, type ControllerPermissions } from './authz/bootstrap-policy.ts'
export type { ObjectReader } from './cache/object-reader.ts'
export type { CommitLog, CommitRecord } from './commit-log.ts'
export type { ConnectHandler, Connection } from './connect/connection.ts'
export type { HealthCheck } from './health.ts'
export {
  type HttpLimits,
  type HttpsServer,
  httpLimits,
  type ServeHttpsOptions,
  serveHttps,
  type TlsOptions,
} from './http/serve-https.ts'
export type { PathHandler } from './path-handler.ts'
export type { Action, ActionRequest, ActionResult, Actions } from './registry/action.ts'
export type { Allocator } from './registry/scope.ts'
export {
  type ApiServer,
  type ApiServerOptions,
  createApiServer,
  type ServerParts,
} from './server.ts'
export { type StandardOptions, standardParts } from './standard-parts.ts'
