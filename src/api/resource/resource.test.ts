import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  Device,
  DeviceClass,
  ResourceClaim,
  ResourceClaimStatus,
  ResourceClaimTemplate,
  ResourceSlice,
  ResourceSliceSpec,
} from '../generated/types/resource-v1.ts'
import { refusalsOf, storedForm, updateRefusalsOf } from '../shared/refusals-fixture.ts'
import { deviceClasses, resourceClaims, resourceClaimTemplates, resourceSlices } from './index.ts'

const claimOf = (...requests: object[]): ResourceClaim =>
  ({ spec: { devices: { requests } } }) as ResourceClaim
const gpu = { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } }
const classOf = (expression: string): DeviceClass => ({
  metadata: { namespace: '' },
  spec: { selectors: [{ cel: { expression } }] },
})
const sliceOf = (spec: Partial<ResourceSliceSpec>): ResourceSlice => ({
  metadata: { namespace: '' },
  spec: {
    driver: 'gpu.example.com',
    pool: { name: 'n', generation: 1, resourceSliceCount: 1 },
    nodeName: 'n',
    ...spec,
  },
})
const deviceOf = (device: object): ResourceSlice =>
  sliceOf({ devices: [{ name: 'gpu-0', ...device } as Device] })

test('a request asks for one device unless told', () => {
  const { spec } = storedForm(
    resourceClaims,
    claimOf(gpu, {
      name: 'any',
      firstAvailable: [
        { name: 'a', deviceClassName: 'a' },
        { name: 'b', deviceClassName: 'b', allocationMode: 'All' },
      ],
    }),
  )
  assert.deepEqual(spec.devices?.requests, [
    {
      name: 'gpu',
      exactly: { deviceClassName: 'gpu.example.com', allocationMode: 'ExactCount', count: 1 },
    },
    {
      name: 'any',
      firstAvailable: [
        { name: 'a', deviceClassName: 'a', allocationMode: 'ExactCount', count: 1 },
        { name: 'b', deviceClassName: 'b', allocationMode: 'All' },
      ],
    },
  ])
})

const refusedClaims: Readonly<Record<string, [ResourceClaim, ...string[]]>> = {
  'no form': [
    claimOf({ name: 'x' }),
    'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
  ],
  'both forms': [
    claimOf({ ...gpu, firstAvailable: [{ name: 'a', deviceClassName: 'a' }] }),
    'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
  ],
  'no class': [
    claimOf({ name: 'x', exactly: {} }),
    'spec.devices.requests[0].exactly.deviceClassName: Required value',
  ],
  'a count of all': [
    claimOf({ name: 'x', exactly: { deviceClassName: 'a', allocationMode: 'All', count: 2 } }),
    "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
  ],
  'less than one': [
    claimOf({ name: 'x', exactly: { deviceClassName: 'a', count: -1 } }),
    'spec.devices.requests[0].exactly.count: Invalid value: -1: must be greater than zero',
  ],
  'an unknown mode': [
    claimOf({ name: 'x', exactly: { deviceClassName: 'a', allocationMode: 'Some' } }),
    'spec.devices.requests[0].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"',
  ],
  'a name twice': [claimOf(gpu, gpu), 'spec.devices.requests[1]: Duplicate value: "gpu"'],
  'too many requests': [
    claimOf(...Array.from({ length: 33 }, (_, i) => ({ ...gpu, name: `g${i}` }))),
    'spec.devices.requests: Too many: 33: must have at most 32 items',
  ],
  'a value with Exists': [
    claimOf({
      name: 'x',
      exactly: {
        deviceClassName: 'a',
        tolerations: [
          { key: 'a', operator: 'Exists', value: 'b' },
          { key: 'a', operator: 'Like', effect: 'Never' },
        ],
      },
    }),
    'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "b": must be empty for operator `Exists`',
    'spec.devices.requests[0].exactly.tolerations[1].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
    'spec.devices.requests[0].exactly.tolerations[1].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"',
  ],
  'constraints and configs of nobody': [
    {
      spec: {
        devices: {
          requests: [gpu],
          constraints: [
            { requests: ['gpu', 'nic'], matchAttribute: 'example.com/numa' },
            { matchAttribute: 'numa' },
            {},
          ],
          config: [{ requests: ['gpu'] }, { opaque: { driver: '', parameters: {} } }],
        },
      },
    },
    'spec.devices.constraints[0].requests[1]: Invalid value: "nic": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
    'spec.devices.constraints[1].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash',
    'spec.devices.constraints[2]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
    'spec.devices.config[0].opaque: Required value',
    'spec.devices.config[1].opaque.driver: Required value',
  ],
}

for (const [name, [claim, ...expected]] of Object.entries(refusedClaims)) {
  test(`a claim is refused with upstream's words: ${name}`, () => {
    assert.deepEqual(refusalsOf(resourceClaims, claim), expected)
    const template: ResourceClaimTemplate = { spec: { spec: claim.spec } }
    const inTemplate = expected.map((each) => each.replace(/^spec\./, 'spec.spec.'))
    assert.deepEqual(refusalsOf(resourceClaimTemplates, template), inTemplate)
  })
}

test('the spec of a claim and of a template stays', () => {
  const other = claimOf({ ...gpu, name: 'other' })
  assert.match(`${updateRefusalsOf(resourceClaims, claimOf(gpu), other)}`, /field is immutable$/)
  const wrap = ({ spec }: ResourceClaim): ResourceClaimTemplate => ({ spec: { spec } })
  const refused = updateRefusalsOf(resourceClaimTemplates, wrap(claimOf(gpu)), wrap(other))
  assert.match(`${refused}`, /^spec: Invalid value: .*field is immutable$/)
})

test('expressions have to be of devices, to give a bool, and not to cost too much', () => {
  assert.deepEqual(refusalsOf(deviceClasses, classOf('device.driver == "a"')), [])
  assert.deepEqual(
    refusalsOf(deviceClasses, classOf('device.attributes["gpu.example.com"].shared')),
    [],
  )
  const [unknown] = refusalsOf(deviceClasses, classOf('device.color == "red"'))
  assert.match(`${unknown}`, /compilation failed: ERROR: <input>:1:7: undefined field 'color'/)
  const path = 'spec.selectors[0].cel.expression'
  assert.deepEqual(refusalsOf(deviceClasses, classOf('device.driver')), [
    `${path}: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string`,
  ])
  const dear =
    'device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, a == b && c == d))))'
  assert.deepEqual(refusalsOf(deviceClasses, classOf(dear)), [
    `${path}: Forbidden: too complex, exceeds cost limit`,
  ])
  const bounded = 'device.attributes["a.com"].name.matches("^a.*b$")'
  assert.deepEqual(refusalsOf(deviceClasses, classOf(bounded)), [])
})

test('a class serves an extended resource, whose name has a domain of its own', () => {
  const named = (extendedResourceName: string): DeviceClass => ({
    metadata: { namespace: '' },
    spec: { extendedResourceName },
  })
  assert.deepEqual(refusalsOf(deviceClasses, named('example.com/gpu')), [])
  assert.deepEqual(refusalsOf(deviceClasses, named('cpu')), [
    'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
  ])
})

const refusedSlices: Readonly<Record<string, [ResourceSlice, ...string[]]>> = {
  nowhere: [
    // Cast: as a client may send it.
    sliceOf({ nodeName: undefined } as object),
    'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
  ],
  'twice somewhere': [
    sliceOf({ allNodes: true }),
    'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
  ],
  'no slices in the pool': [
    sliceOf({ pool: { name: '', generation: -1, resourceSliceCount: 0 } }),
    'spec.pool.name: Required value',
    'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
    'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
  ],
  'attributes without a value, and with two': [
    deviceOf({
      attributes: { none: {}, two: { int: 1, bool: true }, version: { version: '1.0' } },
    }),
    'spec.devices[0].attributes[none]: Invalid value: "": exactly one value must be specified',
    'spec.devices[0].attributes[two]: Invalid value: {"bool":true,"int":1}: exactly one value must be specified',
    'spec.devices[0].attributes[version].version: Invalid value: "1.0": must be a string compatible with semver.org spec 2.0.0',
  ],
  'names of attributes': [
    deviceOf({ attributes: { '/a': { int: 1 }, '1a': { int: 1 } } }),
    'spec.devices[0].attributes: Invalid value: "": the domain must not be empty',
    "spec.devices[0].attributes: Invalid value: \"1a\": a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')",
  ],
  taints: [
    deviceOf({ taints: [{ key: 'a', effect: 'Sometimes' }, { key: 'b' }] }),
    'spec.devices[0].taints[0].effect: Unsupported value: "Sometimes": supported values: "NoExecute", "NoSchedule", "None"',
    'spec.devices[0].taints[1].effect: Required value',
  ],
  'policies of what is not shared': [
    deviceOf({ capacity: { memory: { value: '4Gi', requestPolicy: { default: '1Gi' } } } }),
    'spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true',
  ],
  'policies of what is shared': [
    deviceOf({
      allowMultipleAllocations: true,
      capacity: {
        memory: {
          value: '4Gi',
          requestPolicy: { default: '1Gi', validRange: { min: '2Gi', max: '8Gi' } },
        },
      },
    }),
    'spec.devices[0].capacity[memory].requestPolicy.validRange.min: Invalid value: "1Gi": default is less than min: 2Gi',
    'spec.devices[0].capacity[memory].requestPolicy.validRange.max: Invalid value: "8Gi": max is larger than capacity value: 4Gi',
  ],
  'conditions without their opposite': [
    deviceOf({ bindingConditions: ['a.com/ready'] }),
    'spec.devices[0].bindingFailureConditions: Invalid value: []: bindingFailureConditions are required to use bindingConditions',
  ],
  'nodes of its own where the slice has them': [
    deviceOf({ nodeName: 'm' }),
    'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
  ],
  'counters beside devices': [
    sliceOf({ devices: [], sharedCounters: [{ name: 'a', counters: {} }] }),
    'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
    'spec.sharedCounters[0].counters: Required value',
  ],
}

for (const [name, [slice, ...expected]] of Object.entries(refusedSlices)) {
  test(`a slice is refused with upstream's words: ${name}`, () => {
    assert.deepEqual(refusalsOf(resourceSlices, slice), expected)
  })
}

test('a slice stays with its driver, its pool and its node', () => {
  const moved = sliceOf({
    driver: 'other.example.com',
    pool: { name: 'm', generation: 2, resourceSliceCount: 1 },
    nodeName: 'm',
  })
  assert.deepEqual(updateRefusalsOf(resourceSlices, sliceOf({}), moved), [
    'spec.pool.name: Invalid value: "m": field is immutable',
    'spec.driver: Invalid value: "other.example.com": field is immutable',
    'spec.nodeName: Invalid value: "m": field is immutable',
  ])
})

test('a taint has the time of its coming, and what is off by default is dropped', () => {
  const device = {
    taints: [{ key: 'a', effect: 'NoSchedule' }],
    nodeAllocatableResourceMappings: { cpu: { capacityKey: 'cpus' } },
    attributes: { names: { strings: ['a'] } },
  }
  const { spec } = storedForm(resourceSlices, deviceOf(device))
  assert.deepEqual(spec.devices, [
    {
      name: 'gpu-0',
      taints: [{ key: 'a', effect: 'NoSchedule', timeAdded: '1970-01-01T00:00:00Z' }],
      attributes: { names: {} },
    },
  ])
})

const result = { request: 'gpu', driver: 'gpu.example.com', pool: 'n', device: 'gpu-0' }
const used = { resource: 'pods', name: 'p', uid: 'u1' }
const own = { driver: 'gpu.example.com', pool: 'n', device: 'gpu-0' }
const allocation = { devices: { results: [result] } }

function statusRefusals(before: ResourceClaimStatus, status: ResourceClaimStatus): string[] {
  const part = resourceClaims.subresources?.status
  assert.ok(part?.kind === 'part')
  const old = { ...storedForm(resourceClaims, claimOf(gpu)), status: before }
  const context = { nowMs: 0, user: { name: 'admin', groups: [] } }
  const next = part.prepareForUpdate({ ...old, status }, old, context)
  return part.validateUpdate(next, old).map(({ field, detail }) => `${field}: ${detail}`)
}

test('what is allocated stays, and is of requests and devices that there are', () => {
  assert.deepEqual(statusRefusals({}, { allocation, reservedFor: [used] }), [])
  assert.deepEqual(statusRefusals({}, { reservedFor: [used] }), [
    'status.reservedFor: may not be specified when `allocated` is not set',
  ])
  const other = { devices: { results: [{ ...result, device: 'gpu-1' }] } }
  assert.deepEqual(statusRefusals({ allocation }, { allocation: other }), [
    'status.allocation: field is immutable',
  ])
  const unknown = { devices: { results: [{ ...result, request: 'nic' }] } }
  assert.deepEqual(statusRefusals({}, { allocation: unknown }), [
    "status.allocation.devices.results[0].request: must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
  ])
  const devices = [{ ...own, device: 'gpu-7' }]
  assert.deepEqual(statusRefusals({}, { allocation, devices }), [
    'status.devices[0]: must be an allocated device in the claim',
  ])
})

test('what is said of a device goes with its allocation', () => {
  const part = resourceClaims.subresources?.status
  assert.ok(part?.kind === 'part')
  const status = { allocation, devices: [own] }
  const old = { ...storedForm(resourceClaims, claimOf(gpu)), status }
  const context = { nowMs: 0, user: { name: 'admin', groups: [] } }
  const next = part.prepareForUpdate({ ...old, status: { devices: [own] } }, old, context)
  assert.deepEqual(next.status, {})
})
