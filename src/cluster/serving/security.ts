import type { Clock, Logger } from '#lib'
import type { ControlPlaneOptions } from '../control-plane/control-plane.ts'
import type { ClusterPaths } from '../data-dir/paths.ts'
import { type AuthenticationChoice, followedAuthentication } from './authentication.ts'
import { type AuthorizationOptions, followedAuthorization } from './authorization.ts'
import { type EncryptionOptions, encryptionOf } from './encryption.ts'

/** What a cluster on this machine is told of secrets and of who is who. */
interface SecurityOptions extends EncryptionOptions, AuthenticationChoice, AuthorizationOptions {}

interface SecurityWorld {
  readonly paths: ClusterPaths
  readonly clock: Clock
  readonly log: Logger
}

/** What files say of secrets and of who is who; they are followed until `signal` aborts. @throws KnarrError */
export function securityOf(
  options: SecurityOptions,
  { paths, ...world }: SecurityWorld,
  signal: AbortSignal,
): Pick<ControlPlaneOptions, 'encryption' | 'authentication' | 'authorization'> {
  const encryption = encryptionOf(options, { ...world, path: paths.encryption }, signal)
  const authentication = followedAuthentication(options, world, signal)
  const authorization = followedAuthorization(options, world, signal)
  return {
    ...(encryption && { encryption }),
    ...(authentication && { authentication }),
    ...(authorization && { authorization }),
  }
}
