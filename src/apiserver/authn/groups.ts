/** Whoever has proved who they are. */
export const authenticatedGroup = 'system:authenticated'
/** Everybody else. */
export const unauthenticatedGroup = 'system:unauthenticated'
/** The user of requests that carry no proof. */
export const anonymousUser = 'system:anonymous'
