import { resourceList } from '../shared/define-resource.ts'
import { cronJobs } from './v1/cron-job/index.ts'
import { jobs } from './v1/job/index.ts'

export { cronJobs, jobs }

/** The kinds of batch. */
export const batchResources = resourceList([cronJobs, jobs])
