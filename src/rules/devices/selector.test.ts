import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileDeviceSelector, type SelectableDevice } from './selector.ts'

const device: SelectableDevice = {
  driver: 'gpu.example.com',
  allowMultipleAllocations: true,
  attributes: {
    model: { string: 'a100' },
    healthy: { bool: true },
    'topology.example.com/numa': { int: 1 },
    firmware: { version: '1.10.2-beta.1' },
  },
  capacity: { memory: { value: '40Gi' }, 'other.example.com/lanes': { value: '16' } },
}

function outcomeOf(expression: string, of: SelectableDevice = device): boolean | string {
  const compiled = compileDeviceSelector(expression)
  if ('error' in compiled) return compiled.error
  const outcome = compiled.matches(of)
  return typeof outcome === 'boolean' ? outcome : outcome.error
}

const outcomes: Readonly<Record<string, boolean | string>> = {
  'device.driver == "gpu.example.com"': true,
  'device.allowMultipleAllocations': true,
  'device.attributes["gpu.example.com"].model == "a100"': true,
  'device.attributes["gpu.example.com"].healthy': true,
  'device.attributes["topology.example.com"].numa > 1': false,
  'device.attributes["gpu.example.com"].firmware.isGreaterThan(semver("1.9.0"))': true,
  'device.attributes["gpu.example.com"].firmware.major() == 1': true,
  'device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) == 0': true,
  'device.capacity["other.example.com"].lanes.isLessThan(quantity("16"))': false,
  'cel.bind(own, device.attributes["gpu.example.com"], own.healthy && own.model != "")': true,
  // A domain of which nothing is said is an empty one, without being there.
  '"nic.example.com" in device.attributes': false,
  'has(device.attributes["nic.example.com"].speed)': false,
  'device.attributes["nic.example.com"].speed > 1': 'no such key: speed',
  'device.attributes[?"nic.example.com"].hasValue()': true,
  'device.attributes["gpu.example.com"].model':
    'CEL result of type string could not be converted to bool',
}

for (const [expression, expected] of Object.entries(outcomes)) {
  test(`of a device it holds, or not: ${expression}`, () => {
    assert.equal(outcomeOf(expression), expected)
  })
}

test('an attribute that expressions do not know fails whatever is asked', () => {
  const odd: SelectableDevice = { driver: 'a', attributes: { names: {} } }
  assert.equal(outcomeOf('true', odd), 'attribute names: unsupported attribute value')
})

test('an expression that costs too much ends, and its bound is known before', () => {
  const dear =
    'device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, a == b && c == d))))'
  const compiled = compileDeviceSelector(dear)
  assert.ok('maxCost' in compiled && compiled.maxCost() > 1_000_000)
  const cheap = compileDeviceSelector('device.attributes["a.com"].name.matches("^a")')
  assert.ok('maxCost' in cheap && cheap.maxCost() < 1_000_000)
})
