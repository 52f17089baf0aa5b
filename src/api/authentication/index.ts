import { resourceList } from '../shared/define-resource.ts'
import { selfSubjectReviews } from './v1/self-subject-review/index.ts'
import { tokenReviews } from './v1/token-review/index.ts'

export { selfSubjectReviews } from './v1/self-subject-review/index.ts'
export { tokenReviews } from './v1/token-review/index.ts'

/** The kinds of authentication.k8s.io. */
export const authenticationResources = resourceList([selfSubjectReviews, tokenReviews])
