/** Names the Service that a slice belongs to. */
export const serviceNameLabel = 'kubernetes.io/service-name'

/** Names the controller or person that keeps a slice. */
export const sliceManagedByLabel = 'endpointslice.kubernetes.io/managed-by'

/** Copied from a Service to its slices: no cluster address, each endpoint speaks for itself. */
export const headlessServiceLabel = 'service.kubernetes.io/headless'
