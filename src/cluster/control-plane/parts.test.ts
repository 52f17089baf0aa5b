import assert from 'node:assert/strict'
import { test } from 'node:test'
import { balancerPool, dnsOf } from './parts.ts'

test('names are asked for at the tenth address, also where another DNS is to answer there', () => {
  const own = { addresses: ['10.96.0.10'], isOwn: true }
  assert.deepEqual(dnsOf({ serviceCidr: '10.96.0.0/12' }), own)
  assert.deepEqual(dnsOf({ serviceCidr: '10.96.0.0/12', disable: ['dns'] }), {
    ...own,
    isOwn: false,
  })
  assert.deepEqual(dnsOf({ serviceCidr: '10.0.0.250/24' }).addresses, ['10.0.0.10'])
  assert.throws(() => dnsOf({ serviceCidr: '10.0.0.0/29' }), { code: 'ServiceCidrTooSmall' })
  assert.deepEqual(dnsOf({ serviceCidr: '10.0.0.0/29', disable: ['dns'] }), {
    addresses: [],
    isOwn: false,
  })
  assert.deepEqual(dnsOf({ serviceCidr: 'fd00:10:96::/112,10.96.0.0/12' }).addresses, [
    'fd00:10:96::a',
  ])
})

test('the addresses of load balancers are nobody else’s', () => {
  const networks = { serviceCidr: '10.96.0.0/12', podCidr: '10.244.0.0/16' }
  const pool = (...loadBalancerPool: string[]) => balancerPool({ ...networks, loadBalancerPool })
  assert.equal(pool('192.0.2.0/28', '192.0.2.16-192.0.2.20').length, 2)
  assert.deepEqual(balancerPool(networks), [])
  assert.throws(
    () => pool('10.244.7.0/24'),
    /10\.244\.7\.0\/24 overlaps --pod-cidr 10\.244\.0\.0\/16/,
  )
  assert.throws(() => pool('10.90.0.0-10.97.0.0'), /overlaps --service-cidr/)
  assert.throws(() => pool('192.0.2.0/28', '192.0.2.15'), /192\.0\.2\.15 overlaps 192\.0\.2\.0\/28/)
  assert.throws(() => pool('all'), { code: 'BadPool' })
})
