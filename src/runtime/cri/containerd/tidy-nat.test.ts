import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deletion, isPristine, unusedChains } from './tidy-nat.ts'

const builtIn = [
  '-P PREROUTING ACCEPT',
  '-P INPUT ACCEPT',
  '-P OUTPUT ACCEPT',
  '-P POSTROUTING ACCEPT',
]
const shared = [
  ...builtIn,
  '-N CNI-HOSTPORT-DNAT',
  '-N CNI-HOSTPORT-MASQ',
  '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
  '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
  '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
]

describe('the chains that CNI leaves', () => {
  it('go, after the jumps to them, when no pod has one', () => {
    assert.deepEqual(
      unusedChains(shared).map((argv) => argv.join(' ')),
      [
        '-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
        '-D POSTROUTING -m comment --comment CNI portfwd requiring masquerade -j CNI-HOSTPORT-MASQ',
        '-F CNI-HOSTPORT-DNAT',
        '-F CNI-HOSTPORT-MASQ',
        '-X CNI-HOSTPORT-DNAT',
        '-X CNI-HOSTPORT-MASQ',
      ],
    )
  })

  for (const chain of ['CNI-DN-0123456789abcdef01234', 'CNI-0fb90f40c411b4589bcd235a']) {
    it(`stay while a pod of any network has ${chain}`, () => {
      assert.deepEqual(unusedChains([...shared, `-N ${chain}`]), [])
    })
  }

  it('are not looked for where there are none', () => {
    assert.deepEqual(unusedChains(builtIn), [])
  })

  it('leave a table that is pristine only if nothing else is in it', () => {
    assert.equal(isPristine(builtIn), true)
    assert.equal(isPristine([...builtIn, '-A OUTPUT -j ACCEPT']), false)
    assert.equal(isPristine([...builtIn, '-N OTHER']), false)
    assert.equal(isPristine(['-P INPUT DROP']), false)
  })
})

describe('the deletion of a rule', () => {
  it('takes its quoted words as single arguments', () => {
    const rule = '-A POSTROUTING -m comment --comment "name: \\"knarr0\\" id: \\"x\\"" -j CNI-1'
    assert.deepEqual(deletion(rule), [
      '-D',
      'POSTROUTING',
      '-m',
      'comment',
      '--comment',
      'name: "knarr0" id: "x"',
      '-j',
      'CNI-1',
    ])
  })
})
