import { resourceList } from '../shared/define-resource.ts'
import { cronJobs } from './v1/cron-job/index.ts'
import { jobs } from './v1/job/index.ts'

export { cronJobs } from './v1/cron-job/index.ts'
export { jobs } from './v1/job/index.ts'

/** The kinds of batch. */
export const batchResources = resourceList([cronJobs, jobs])
