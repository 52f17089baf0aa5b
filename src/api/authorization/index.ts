import { resourceList } from '../shared/define-resource.ts'
import { localSubjectAccessReviews } from './v1/local-subject-access-review/index.ts'
import { selfSubjectAccessReviews } from './v1/self-subject-access-review/index.ts'
import { selfSubjectRulesReviews } from './v1/self-subject-rules-review/index.ts'
import { subjectAccessReviews } from './v1/subject-access-review/index.ts'

export { localSubjectAccessReviews } from './v1/local-subject-access-review/index.ts'
export { selfSubjectAccessReviews } from './v1/self-subject-access-review/index.ts'
export { selfSubjectRulesReviews } from './v1/self-subject-rules-review/index.ts'
export { subjectAccessReviews } from './v1/subject-access-review/index.ts'

/** The kinds of authorization.k8s.io. */
export const authorizationResources = resourceList([
  localSubjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  subjectAccessReviews,
])
