import type { ResourceV1 } from '#api'
import type { Stored } from '#machinery'

type Claim = Stored<ResourceV1.ResourceClaim>
type Slice = Stored<ResourceV1.ResourceSlice>
type DeviceClass = Stored<ResourceV1.DeviceClass>

const ofKind = (kind: string) => ({ apiVersion: 'resource.k8s.io/v1', kind })
const metadata = (name: string, namespace?: string) => ({
  name,
  uid: `uid-of-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-02T03:04:05Z',
  ...(namespace !== undefined && { namespace }),
})

/** A claim whose requests may leave out what is usual: one device of the class `gpu`. */
export function claimOf(
  name: string,
  requests: readonly object[],
  more: Partial<ResourceV1.DeviceClaim> = {},
): Claim {
  return {
    ...ofKind('ResourceClaim'),
    metadata: metadata(name, 'default'),
    // Cast: a test leaves out what defaulting fills in.
    spec: { devices: { requests: requests.map(requestOf), ...more } as ResourceV1.DeviceClaim },
  }
}

function requestOf(request: object): object {
  if ('firstAvailable' in request) return request
  const { name, ...rest } = request as { readonly name: string } // Cast: of these tests.
  return {
    name,
    exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1, ...rest },
  }
}

export function classOf(name: string, spec: ResourceV1.DeviceClassSpec = {}): DeviceClass {
  return { ...ofKind('DeviceClass'), metadata: metadata(name), spec }
}

/** A slice of the pool `n1` on the node `n1` unless told. */
export function sliceOf(
  name: string,
  devices: readonly object[],
  spec: Partial<ResourceV1.ResourceSliceSpec> = {},
): Slice {
  const isElsewhere = spec.allNodes ?? spec.nodeSelector ?? spec.perDeviceNodeSelection
  return {
    ...ofKind('ResourceSlice'),
    metadata: metadata(name),
    spec: {
      driver: 'gpu.example.com',
      pool: { name: 'n1', generation: 1, resourceSliceCount: 1 },
      ...(!isElsewhere && { nodeName: 'n1' }),
      ...(devices.length > 0 && { devices: devices as ResourceV1.Device[] }), // Cast: of these tests.
      ...spec,
    },
  }
}

/** The claim as it is when it has these results. */
export function allocatedClaim(
  name: string,
  ...results: readonly Partial<ResourceV1.DeviceRequestAllocationResult>[]
): Claim {
  const usual = { request: 'r', driver: 'gpu.example.com', pool: 'n1', device: 'a' }
  return {
    ...claimOf(name, [{ name: 'r' }]),
    status: {
      allocation: { devices: { results: results.map((each) => ({ ...usual, ...each })) } },
    },
  }
}
