import type { TokenAuthenticator } from '../authn/bearer.ts'
import type { TokenIssuer } from '../authn/token-issuer.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import { accessReviewActions } from './access-review.ts'
import type { Actions } from './action.ts'
import { identityReviewActions } from './identity-review.ts'
import { tokenRequestAction } from './token-request.ts'

/** What the actions about users, permissions and tokens ask. */
export interface SecurityActionOptions {
  readonly authorizer: Authorizer
  readonly tokens: readonly TokenAuthenticator[]
  readonly issuer: TokenIssuer
  /** How long a token may live at most; default: as long as is asked for. */
  readonly longestTokenSeconds?: number
}

/** The requests that ask who somebody is, what they may do, or for a token. */
export function securityActions({
  authorizer,
  tokens,
  issuer,
  longestTokenSeconds,
}: SecurityActionOptions): Actions {
  return {
    'serviceaccounts/token': tokenRequestAction(issuer, longestTokenSeconds),
    ...identityReviewActions(tokens, issuer.audiences),
    ...accessReviewActions(authorizer),
  }
}
