import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ResourceV1 } from '#api'
import type { Stored } from '#machinery'
import { createAllocationLedger } from './allocated.ts'
import { allocateDevices } from './allocator.ts'
import { allocatedClaim, claimOf, classOf, sliceOf } from './devices-fixture.ts'
import { indexSlices } from './pools.ts'

type Claim = Stored<ResourceV1.ResourceClaim>

interface Supply {
  readonly slices: readonly Stored<ResourceV1.ResourceSlice>[]
  readonly classes?: readonly Stored<ResourceV1.DeviceClass>[]
  readonly taken?: readonly Claim[]
  readonly labels?: Readonly<Record<string, string>>
}

function allocate(claims: readonly Claim[], supply: Supply) {
  const allocated = createAllocationLedger()
  for (const claim of supply.taken ?? []) allocated.add(claim)
  const classes = supply.classes ?? [classOf('gpu')]
  return allocateDevices(
    claims,
    { name: 'n1', labels: supply.labels ?? {} },
    {
      slices: indexSlices(supply.slices),
      classOf: (name) => classes.find(({ metadata }) => metadata.name === name),
      allocated,
    },
  )
}

/** `request=device` for each result, claim by claim; or why there is none. */
function shown(claims: readonly Claim[], supply: Supply): string {
  try {
    const outcome = allocate(claims, supply)
    if (outcome.kind !== 'allocated') {
      return outcome.kind === 'none' ? (outcome.reason ?? 'none') : outcome.kind
    }
    return outcome
      .results(() => 'share')
      .map(({ devices }) =>
        (devices?.results ?? []).map(({ request, device }) => `${request}=${device}`).join(' '),
      )
      .join(' | ')
  } catch (error) {
    return `error: ${error instanceof Error ? error.message : error}`
  }
}

const three = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
const numa = (value: number) => ({ 'example.com/numa': { int: value } })
const cel = (expression: string) => ({ selectors: [{ cel: { expression } }] })
const big = 'device.capacity["gpu.example.com"].memory.compareTo(quantity("10Gi")) >= 0'
const memory = (value: string, more: object = {}) => ({ memory: { value, ...more } })
const shareable = { allowMultipleAllocations: true }
const counted = (name: string, amount: string) => ({
  name,
  consumesCounters: [{ counterSet: 'card', counters: { memory: { value: amount } } }],
})
const counters = sliceOf('counters', [], {
  sharedCounters: [{ name: 'card', counters: { memory: { value: '10Gi' } } }],
  pool: { name: 'n1', generation: 1, resourceSliceCount: 2 },
})
const inTwo = { pool: { name: 'n1', generation: 1, resourceSliceCount: 2 } }
const tainted = { taints: [{ key: 'example.com/sick', value: 'yes', effect: 'NoSchedule' }] }

const cases: Readonly<Record<string, [string, readonly Claim[], Supply]>> = {
  'the first device': ['r=a', [claimOf('x', [{ name: 'r' }])], { slices: [sliceOf('s', three)] }],
  'several devices in their order': [
    'r=a r=b | r=c',
    [claimOf('x', [{ name: 'r', count: 2 }]), claimOf('y', [{ name: 'r' }])],
    { slices: [sliceOf('s', three)] },
  ],
  'too few devices': [
    'none',
    [claimOf('x', [{ name: 'r', count: 4 }])],
    { slices: [sliceOf('s', three)] },
  ],
  'what others have is left alone': [
    'r=b',
    [claimOf('x', [{ name: 'r' }])],
    { slices: [sliceOf('s', three)], taken: [allocatedClaim('y', { device: 'a' })] },
  ],
  'who only looks after devices takes none, and sees those of others': [
    'r=a | r=b',
    [claimOf('x', [{ name: 'r', adminAccess: true }]), claimOf('y', [{ name: 'r' }])],
    {
      slices: [sliceOf('s', [{ name: 'a' }, { name: 'b' }])],
      taken: [allocatedClaim('z', { device: 'b', adminAccess: true })],
    },
  ],
  'devices of other nodes are out of reach': [
    'none',
    [claimOf('x', [{ name: 'r' }])],
    { slices: [sliceOf('s', three, { nodeName: 'n2' })] },
  ],
  'devices of all nodes, and of nodes with a label': [
    'r=a r=b',
    [claimOf('x', [{ name: 'r', count: 2 }])],
    {
      labels: { zone: 'z1' },
      slices: [
        sliceOf('s', [{ name: 'a' }], { allNodes: true }),
        sliceOf('t', [{ name: 'b' }], {
          pool: { name: 'zone', generation: 1, resourceSliceCount: 1 },
          nodeSelector: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'zone', operator: 'In', values: ['z1'] }] },
            ],
          },
        }),
      ],
    },
  ],
  'nodes of each device by itself': [
    'r=b',
    [claimOf('x', [{ name: 'r' }])],
    {
      slices: [
        sliceOf(
          's',
          [
            { name: 'a', nodeName: 'n2' },
            { name: 'b', allNodes: true },
          ],
          {
            perDeviceNodeSelection: true,
          },
        ),
      ],
    },
  ],
  'slices of older generations are gone': [
    'r=new',
    [claimOf('x', [{ name: 'r' }])],
    {
      slices: [
        sliceOf('s', [{ name: 'old' }]),
        sliceOf('t', [{ name: 'new' }], {
          pool: { name: 'n1', generation: 2, resourceSliceCount: 1 },
        }),
      ],
    },
  ],
  'a pool of which slices are missing is not used': [
    'none',
    [claimOf('x', [{ name: 'r' }])],
    { slices: [sliceOf('s', three, inTwo)] },
  ],
  'a pool that has a name twice is said to be invalid': [
    'invalid resource pools were encountered',
    [claimOf('x', [{ name: 'r' }])],
    { slices: [sliceOf('s', three, inTwo), sliceOf('t', three, inTwo)] },
  ],
  'devices that have to be waited for come last': [
    'r=b',
    [claimOf('x', [{ name: 'r' }])],
    {
      slices: [
        sliceOf('s', [{ name: 'a', bindingConditions: ['ready'] }], { driver: 'a.example.com' }),
        sliceOf('t', [{ name: 'b' }]),
      ],
    },
  ],
  'expressions of the class and of the request': [
    'r=c',
    [claimOf('x', [{ name: 'r', ...cel('device.attributes["gpu.example.com"].fast') }])],
    {
      classes: [classOf('gpu', cel(big))],
      slices: [
        sliceOf('s', [
          { name: 'a', attributes: { fast: { bool: true } }, capacity: memory('1Gi') },
          { name: 'b', attributes: { fast: { bool: false } }, capacity: memory('20Gi') },
          { name: 'c', attributes: { fast: { bool: true } }, capacity: memory('20Gi') },
        ]),
      ],
    },
  ],
  'an expression that fails is an error': [
    'error: class gpu: selector #0: CEL runtime error: no such key: memory',
    [claimOf('x', [{ name: 'r' }])],
    { classes: [classOf('gpu', cel(big))], slices: [sliceOf('s', three)] },
  ],
  'a class that is not there is an error': [
    'error: claim default/x, request r: could not retrieve device class gpu: deviceclass.resource.k8s.io "gpu" not found',
    [claimOf('x', [{ name: 'r' }])],
    { classes: [], slices: [sliceOf('s', three)] },
  ],
  'all devices': [
    'r=a r=b r=c',
    [claimOf('x', [{ name: 'r', allocationMode: 'All' }])],
    { slices: [sliceOf('s', three)] },
  ],
  'all devices, of which others have one': [
    'none',
    [claimOf('x', [{ name: 'r', allocationMode: 'All' }])],
    { slices: [sliceOf('s', three)], taken: [allocatedClaim('y', { device: 'b' })] },
  ],
  'all devices are at least one': [
    'none',
    [claimOf('x', [{ name: 'r', allocationMode: 'All', ...cel('false') }])],
    { slices: [sliceOf('s', three)] },
  ],
  'all devices of a pool that is still coming are an error': [
    'error: claim default/x, request r: asks for all devices, but resource pool gpu.example.com/n1 is currently being updated',
    [claimOf('x', [{ name: 'r', allocationMode: 'All' }])],
    { slices: [sliceOf('s', three, inTwo)] },
  ],
  'more devices than a claim can have are an error': [
    'error: claim default/x: number of requested devices 33 exceeds the claim limit of 32',
    [claimOf('x', [{ name: 'r', count: 33 }])],
    { slices: [sliceOf('s', three)] },
  ],
  'the first alternative that can be had': [
    'r/two=a r/two=b',
    [
      claimOf('x', [
        {
          name: 'r',
          firstAvailable: [
            { name: 'five', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 5 },
            { name: 'two', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 },
            { name: 'one', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 },
          ],
        },
      ]),
    ],
    { slices: [sliceOf('s', three)] },
  ],
  'an alternative of more than a claim can have gives way': [
    'r/one=a',
    [
      claimOf('x', [
        {
          name: 'r',
          firstAvailable: [
            { name: 'many', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 40 },
            { name: 'one', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 },
          ],
        },
      ]),
    ],
    { slices: [sliceOf('s', three)] },
  ],
  'devices with the same attribute, after the first has been given back': [
    'r=b s=c',
    [
      claimOf('x', [{ name: 'r' }, { name: 's' }], {
        constraints: [{ matchAttribute: 'example.com/numa' }],
      }),
    ],
    {
      slices: [
        sliceOf('s', [
          { name: 'a', attributes: numa(0) },
          { name: 'b', attributes: numa(1) },
          { name: 'c', attributes: numa(1) },
        ]),
      ],
    },
  ],
  'an attribute of the driver needs no domain': [
    'r=a s=b',
    [
      claimOf('x', [{ name: 'r' }, { name: 's' }], {
        constraints: [{ requests: ['r', 's'], matchAttribute: 'gpu.example.com/model' }],
      }),
    ],
    {
      slices: [
        sliceOf('s', [
          { name: 'a', attributes: { model: { string: 'x' } } },
          { name: 'b', attributes: { 'gpu.example.com/model': { string: 'x' } } },
        ]),
      ],
    },
  ],
  'devices with different attributes': [
    'r=a s=c',
    [
      claimOf('x', [{ name: 'r' }, { name: 's' }], {
        constraints: [{ distinctAttribute: 'example.com/numa' }],
      }),
    ],
    {
      slices: [
        sliceOf('s', [
          { name: 'a', attributes: numa(0) },
          { name: 'b', attributes: numa(0) },
          { name: 'c', attributes: numa(1) },
        ]),
      ],
    },
  ],
  'all devices against a constraint are an error': [
    'error: claim default/x, request r: cannot add device gpu.example.com/n1/b because a claim constraint would not be satisfied',
    [
      claimOf('x', [{ name: 'r', allocationMode: 'All' }], {
        constraints: [{ matchAttribute: 'example.com/numa' }],
      }),
    ],
    {
      slices: [
        sliceOf('s', [
          { name: 'a', attributes: numa(0) },
          { name: 'b', attributes: numa(1) },
        ]),
      ],
    },
  ],
  'a taint keeps off who does not tolerate it': [
    'r=b s=a',
    [
      claimOf('x', [
        { name: 'r' },
        {
          name: 's',
          tolerations: [{ key: 'example.com/sick', operator: 'Equal', value: 'yes' }],
        },
      ]),
    ],
    { slices: [sliceOf('s', [{ name: 'a', ...tainted }, { name: 'b' }])] },
  ],
  'parts of a device share its counters': [
    'r=small s=half',
    [claimOf('x', [{ name: 'r' }, { name: 's' }])],
    {
      slices: [
        counters,
        sliceOf(
          's',
          [counted('whole', '10Gi'), counted('small', '4Gi'), counted('half', '5Gi')],
          inTwo,
        ),
      ],
    },
  ],
  'parts that others have are counted': [
    'r=small',
    [claimOf('x', [{ name: 'r' }])],
    {
      taken: [allocatedClaim('y', { device: 'half' })],
      slices: [
        counters,
        sliceOf(
          's',
          [counted('whole', '10Gi'), counted('small', '4Gi'), counted('half', '5Gi')],
          inTwo,
        ),
      ],
    },
  ],
  'counters that no set has make a pool invalid': [
    'invalid resource pools were encountered',
    [claimOf('x', [{ name: 'r' }])],
    { slices: [sliceOf('s', [counted('whole', '1Gi')])] },
  ],
  'shares of devices, as long as there is enough left': [
    'r=a r=b | r=a | r=a',
    [
      claimOf('x', [{ name: 'r', count: 2, capacity: { requests: { memory: '2Gi' } } }]),
      claimOf('y', [{ name: 'r', capacity: { requests: { memory: '4Gi' } } }]),
      claimOf('z', [{ name: 'r', capacity: { requests: { memory: '4Gi' } } }]),
    ],
    {
      slices: [
        sliceOf('s', [
          { name: 'a', ...shareable, capacity: memory('10Gi') },
          { name: 'b', ...shareable, capacity: memory('10Gi') },
        ]),
      ],
    },
  ],
  'shares that others have are counted': [
    'r=b',
    [claimOf('x', [{ name: 'r', capacity: { requests: { memory: '4Gi' } } }])],
    {
      taken: [allocatedClaim('y', { shareID: 'u', consumedCapacity: { memory: '8Gi' } })],
      slices: [
        sliceOf('s', [
          { name: 'a', ...shareable, capacity: memory('10Gi') },
          { name: 'b', ...shareable, capacity: memory('10Gi') },
        ]),
      ],
    },
  ],
  'a capacity that the device does not have': [
    'none',
    [claimOf('x', [{ name: 'r', capacity: { requests: { cores: '1' } } }])],
    { slices: [sliceOf('s', [{ name: 'a', ...shareable, capacity: memory('10Gi') }])] },
  ],
}

for (const [name, [expected, claims, supply]] of Object.entries(cases)) {
  test(`an allocation: ${name}`, () => assert.equal(shown(claims, supply), expected))
}

test('a search that takes too long is given up', () => {
  const devices = Array.from({ length: 128 }, (_, i) => ({
    name: `d${i}`,
    attributes: numa(i % 40),
  }))
  const claim = claimOf('x', [{ name: 'r', count: 5 }], {
    constraints: [{ matchAttribute: 'example.com/numa' }],
  })
  const claims = [claimOf('w', [{ name: 'r', count: 4 }]), claim]
  assert.equal(shown(claims, { slices: [sliceOf('s', devices)] }), 'gave-up')
})

test('a result says what was configured, where the devices are, and what shares take', () => {
  const opaque = (mode: string) => ({ opaque: { driver: 'gpu.example.com', parameters: { mode } } })
  const capacity = memory('10Gi', {
    requestPolicy: { default: '1Gi', validRange: { min: '1Gi', step: '1Gi' } },
  })
  const device = {
    ...{ name: 'a', ...shareable, capacity },
    ...{ bindingConditions: ['ready'], bindingFailureConditions: ['broken'] },
  }
  const claim = claimOf(
    'x',
    [{ name: 'r', capacity: { requests: { memory: '1536Mi' } } }, { name: 's' }],
    { config: [opaque('all'), { requests: ['s'], ...opaque('one') }] },
  )
  const outcome = allocate([claim], {
    classes: [classOf('gpu', { config: [opaque('class')] })],
    slices: [sliceOf('s', [device])],
  })
  const result = {
    ...{ driver: 'gpu.example.com', pool: 'n1', device: 'a' },
    ...{ bindingConditions: ['ready'], bindingFailureConditions: ['broken'] },
  }
  assert.ok(outcome.kind === 'allocated')
  let shares = 0
  assert.deepEqual(
    outcome.results(() => `share-${++shares}`),
    [
      {
        devices: {
          results: [
            { request: 'r', ...result, shareID: 'share-1', consumedCapacity: { memory: '2Gi' } },
            { request: 's', ...result, shareID: 'share-2', consumedCapacity: { memory: '1Gi' } },
          ],
          config: [
            { source: 'FromClass', requests: ['r', 's'], ...opaque('class') },
            { source: 'FromClaim', ...opaque('all') },
            { source: 'FromClaim', requests: ['s'], ...opaque('one') },
          ],
        },
        nodeSelector: {
          nodeSelectorTerms: [
            { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] },
          ],
        },
      },
    ],
  )
})

test('what is found is what trying everything would find', () => {
  const deviceArbitrary = fc.record({ numa: fc.integer({ min: 0, max: 2 }), isTaken: fc.boolean() })
  const requestArbitrary = fc.record({
    count: fc.integer({ min: 1, max: 2 }),
    numa: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(
      fc.array(deviceArbitrary, { maxLength: 5 }),
      fc.array(requestArbitrary, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (devices, requests, isSame) => {
        const named = devices.map((device, i) => ({ ...device, name: `d${i}` }))
        const claim = claimOf(
          'x',
          requests.map(({ count, numa: wanted }, i) => ({
            ...{ name: `r${i}`, count },
            ...(wanted !== undefined && cel(`device.attributes["example.com"].numa == ${wanted}`)),
          })),
          isSame ? { constraints: [{ matchAttribute: 'example.com/numa' }] } : {},
        )
        const found = shown([claim], {
          slices: [
            sliceOf(
              's',
              named.map(({ name, numa: n }) => ({ name, attributes: numa(n) })),
            ),
          ],
          taken: named
            .filter(({ isTaken }) => isTaken)
            .map(({ name }) => allocatedClaim(name, { device: name })),
        })
        const slots = requests.flatMap(({ count, numa: wanted }) =>
          Array<number | undefined>(count).fill(wanted),
        )
        const free = named.filter(({ isTaken }) => !isTaken)
        assert.equal(found !== 'none', canFill(slots, free, isSame))
        if (found === 'none') return
        const got = found.split(' ').map((each) => each.split('=')[1])
        assert.equal(new Set(got).size, slots.length)
        const chosen = got.map((name) => free.find((device) => device.name === name))
        assert.ok(
          chosen.every((device, i) => device && [undefined, device.numa].includes(slots[i])),
        )
        if (isSame) assert.equal(new Set(chosen.map((device) => device?.numa)).size, 1)
      },
    ),
  )
})

interface Numbered {
  readonly name: string
  readonly numa: number
}

function canFill(
  slots: readonly (number | undefined)[],
  free: readonly Numbered[],
  isSame: boolean,
): boolean {
  const [slot, ...rest] = slots
  if (slots.length === 0) return true
  return free.some((device) => {
    if (slot !== undefined && slot !== device.numa) return false
    const left = free.filter((each) => each !== device && (!isSame || each.numa === device.numa))
    return canFill(rest, left, isSame)
  })
}
