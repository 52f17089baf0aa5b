import { resourceList } from '../shared/define-resource.ts'
import { eventsV1Events } from './v1/event/index.ts'

export { eventsV1Events } from './v1/event/index.ts'

/** The kinds of events.k8s.io. */
export const eventsResources = resourceList([eventsV1Events])
