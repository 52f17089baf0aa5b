import { goQuote } from '#machinery'
import { aggregateMessage } from '#machinery/validation'
import type { AnonymousConfiguration, AuthenticationConfiguration } from './configuration.ts'
import { anonymousChanged, type CompiledJwt, compileAuthentication } from './validate.ts'
import { signingAlgorithms } from './verify-jwt.ts'

/** Whose tokens hold besides this server's own, and who may come without; it may change while the server runs. */
export interface StructuredAuthentication {
  readonly jwt: () => readonly CompiledJwt[]
  /** What may sign tokens. */
  readonly algorithms: readonly string[]
  readonly anonymous: AnonymousConfiguration | undefined
  /** Takes another configuration. @throws Error, and leaves all as it is, for a bad one. */
  replace(configuration: AuthenticationConfiguration): void
}

interface StructuredOptions {
  /** The issuers of this server's own tokens. */
  readonly ownIssuers: readonly string[]
  /** Default: all of {@link signingAlgorithms}. */
  readonly algorithms?: readonly string[]
}

/** What an AuthenticationConfiguration asks for. @throws Error with upstream's words */
export function createStructuredAuthentication(
  first: AuthenticationConfiguration,
  { ownIssuers, algorithms = signingAlgorithms }: StructuredOptions,
): StructuredAuthentication {
  const unknown = algorithms.find((each) => !signingAlgorithms.includes(each))
  if (unknown !== undefined) throw new Error(`oidc: unsupported signing alg: ${goQuote(unknown)}`)
  let current = compiled(first, first, ownIssuers)
  return {
    jwt: () => current,
    algorithms,
    anonymous: first.anonymous,
    replace(configuration) {
      current = compiled(configuration, first, ownIssuers)
    },
  }
}

function compiled(
  configuration: AuthenticationConfiguration,
  first: AuthenticationConfiguration,
  ownIssuers: readonly string[],
): readonly CompiledJwt[] {
  const { jwt, errors } = compileAuthentication(configuration, ownIssuers)
  const all = [...errors, ...anonymousChanged(first, configuration)]
  if (all.length > 0) throw new Error(aggregateMessage(all))
  for (const { issuer } of configuration.jwt ?? []) {
    const { egressSelectorType: type } = issuer ?? {}
    if (type)
      throw new Error(`oidc: egress lookup required with egress selector type ${goQuote(type)}`)
  }
  return jwt
}
