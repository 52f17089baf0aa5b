import type { AuthenticationV1, TokenReview } from '#api'
import type { KubeObject, UserInfo } from '#machinery'
import { badRequest } from '#machinery/status'
import { authenticateToken, type TokenAuthenticator, type TokenVerdict } from '../authn/bearer.ts'
import type { Actions } from './action.ts'

/** Who is this? TokenReview and SelfSubjectReview. */
export function identityReviewActions(
  tokens: readonly TokenAuthenticator[],
  apiAudiences: readonly string[],
): Actions {
  return {
    'tokenreviews.authentication.k8s.io': async ({ body }) => {
      const { spec } = body as TokenReview
      if (!spec?.token) throw badRequest('token is required for TokenReview in authentication')
      const audiences = spec.audiences?.length ? spec.audiences : apiAudiences
      const status = statusOf(await authenticateToken(tokens, spec.token, audiences))
      return { object: { ...body, status } as KubeObject }
    },
    'selfsubjectreviews.authentication.k8s.io': ({ body, user }) => ({
      object: { ...body, status: { userInfo: infoOf(user) } } as KubeObject,
    }),
  }
}

function statusOf(verdict: TokenVerdict): AuthenticationV1.TokenReviewStatus {
  switch (verdict.kind) {
    case 'user': {
      const { user, audiences } = verdict
      return { authenticated: true, user: infoOf(user), ...(audiences && { audiences }) }
    }
    case 'refused':
      return { user: {}, error: verdict.reason }
    case 'unknown':
      return { user: {}, error: 'invalid bearer token' }
  }
}

function infoOf({ name, uid, groups, extra }: UserInfo): AuthenticationV1.UserInfo {
  return {
    username: name,
    ...(uid && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra && { extra }),
  }
}
