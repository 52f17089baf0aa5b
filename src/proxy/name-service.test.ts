import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice, Service } from '#api'
import { nameService } from './name-service.ts'

const metadata = { namespace: 'shop', name: 'web' }
const ports = [
  { name: 'http', port: 80, protocol: 'TCP' },
  { port: 53, protocol: 'UDP' },
]

function slice(more: Partial<EndpointSlice>): EndpointSlice {
  return {
    metadata: { namespace: 'shop', name: 'web-1' },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    ...more,
  }
}

test('a Service with an address is named with its ports and its ready endpoints', () => {
  const web: Service = {
    metadata,
    spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports },
  }
  const slices = [
    slice({
      endpoints: [
        { addresses: ['1.1.1.1'], hostname: 'web-0', conditions: { ready: true } },
        { addresses: ['1.1.1.2'] },
        { addresses: ['1.1.1.3'], conditions: { ready: false } },
      ],
    }),
    slice({ addressType: 'FQDN', endpoints: [{ addresses: ['a.b'] }] }),
  ]
  const http = [{ name: 'http', protocol: 'tcp', port: 8080 }]
  assert.deepEqual(nameService(web, slices), {
    ...metadata,
    kind: 'clusterIp',
    addresses: ['10.0.0.1'],
    ports: [
      { name: 'http', protocol: 'tcp', port: 80 },
      { name: '', protocol: 'udp', port: 53 },
    ],
    endpoints: [
      { ip: '1.1.1.1', hostname: 'web-0', ports: http },
      { ip: '1.1.1.2', ports: http },
    ],
  })
})

test('a headless Service has no address, an external name no endpoint, one without address no name', () => {
  const kind = (spec: Service['spec']) => nameService({ metadata, spec: spec ?? {} }, [])
  assert.equal(kind({ clusterIP: 'None', clusterIPs: ['None'] })?.kind, 'headless')
  const away = kind({ type: 'ExternalName', externalName: 'example.org' })
  assert.deepEqual([away?.kind, away?.externalName], ['externalName', 'example.org'])
  assert.equal(kind({ type: 'ClusterIP' }), undefined)
})
