import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EndpointSlice, EndpointSubset, Endpoints, Service } from '#api'
import type { Stored } from '#machinery'
import { storedObject } from '../shared/objects-fixture.ts'
import { planMirror } from './plan.ts'

const service = storedObject<Service>('db', { spec: {} } as Service)

function written(subsets: readonly EndpointSubset[], metadata: object = {}): Stored<Endpoints> {
  return storedObject<Endpoints>('db', { metadata, subsets } as Endpoints)
}

/** What would stand after the plan, as if the slices had been stored. */
function slicesAfter(endpoints: Stored<Endpoints>): readonly Stored<EndpointSlice>[] {
  return planMirror({ service, endpoints, slices: [] }).actions.map(({ slice }, index) =>
    storedObject<EndpointSlice>(`db-${index}`, slice as EndpointSlice),
  )
}

const kindsOf = ({ actions }: ReturnType<typeof planMirror>) => actions.map(({ kind }) => kind)
const http = { name: 'http', port: 80 }

describe('what is written as Endpoints', () => {
  test('stands in a slice of each family and set of ports, ready or not', () => {
    const endpoints = written([
      { addresses: [{ ip: '10.0.0.1' }, { ip: '2001:db8::1' }], ports: [http] },
      { notReadyAddresses: [{ ip: '10.0.0.2', hostname: 'b' }], ports: [http] },
      { addresses: [{ ip: '10.0.0.3' }], ports: [{ port: 53, protocol: 'UDP' }] },
    ])
    const seen = slicesAfter(endpoints).map(({ addressType, endpoints: each = [], ports }) => [
      addressType,
      each.map(({ addresses, conditions }) => `${addresses[0]} ${conditions?.ready}`),
      ports,
    ])
    const port = [{ ...http, protocol: 'TCP' }]
    assert.deepEqual(seen, [
      ['IPv4', ['10.0.0.1 true', '10.0.0.2 false'], port],
      ['IPv6', ['2001:db8::1 true'], port],
      ['IPv4', ['10.0.0.3 true'], [{ name: '', port: 53, protocol: 'UDP' }]],
    ])
  })

  test('gives its labels and annotations, but for those that tell of itself', () => {
    const [slice] = slicesAfter(
      written([{ addresses: [{ ip: '10.0.0.1' }], ports: [http] }], {
        labels: { team: 'a' },
        annotations: { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      }),
    )
    assert.deepEqual(slice?.metadata.labels, {
      team: 'a',
      'kubernetes.io/service-name': 'db',
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
    })
    assert.deepEqual(slice?.metadata.annotations, { note: 'x' })
    assert.equal(slice?.metadata.ownerReferences?.[0]?.kind, 'Endpoints')
  })

  test('has one slice for subsets that differ in their ports alone', () => {
    const addresses = [{ ip: '10.0.0.1' }]
    const endpoints = written([
      { addresses, ports: [http] },
      { addresses, ports: [{ name: 'https', port: 443 }] },
    ])
    assert.deepEqual(
      slicesAfter(endpoints).map(({ ports }) => ports?.map(({ port }) => port)),
      [[80, 443]],
    )
  })

  test('is mirrored up to a thousand addresses of a subset', () => {
    const addresses = Array.from({ length: 1100 }, (_, index) => ({
      ip: `10.0.${index >> 8}.${index & 255}`,
    }))
    const plan = planMirror({
      service,
      endpoints: written([{ addresses, ports: [http] }]),
      slices: [],
    })
    assert.equal(plan.skipped, 100)
    assert.deepEqual(
      plan.actions.map(({ slice }) => slice.endpoints?.length),
      [1000],
    )
  })
})

describe('slices that stand', () => {
  const before = written([{ addresses: [{ ip: '10.0.0.1' }], ports: [http] }])
  const slices = slicesAfter(before)

  test('are left alone when nothing has changed', () => {
    assert.deepEqual(planMirror({ service, endpoints: before, slices }).actions, [])
  })

  test('follow addresses, and are made anew for other ports', () => {
    const moved = written([{ addresses: [{ ip: '10.0.0.9' }], ports: [http] }])
    assert.deepEqual(kindsOf(planMirror({ service, endpoints: moved, slices })), ['update'])
    const other = written([{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 81 }] }])
    assert.deepEqual(kindsOf(planMirror({ service, endpoints: other, slices })), [
      'create',
      'delete',
    ])
  })

  test('go when Endpoints or Service go, or are no longer to be mirrored', () => {
    const selecting = storedObject<Service>('db', { spec: { selector: { a: 'b' } } } as Service)
    const skipping = written(before.subsets ?? [], {
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    })
    const leading = written(before.subsets ?? [], {
      annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' },
    })
    for (const [at, endpoints] of [
      [service, undefined],
      [undefined, before],
      [selecting, before],
      [service, skipping],
      [service, leading],
    ] as const) {
      assert.deepEqual(kindsOf(planMirror({ service: at, endpoints, slices })), ['delete'])
    }
  })
})
