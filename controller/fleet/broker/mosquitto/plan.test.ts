import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { nodeSubject } from '../../../trust/certificates.ts';
import { hashOf } from '../../../trust/secrets.ts';
import type { AuthTable } from '../identify.ts';
import { type Command, carriedOut, commandsOf, type KnownAccess, type Plan, planAccess } from './plan.ts';
import { ModelPlugin } from './plugin.testing.ts';
import { wantedClients } from './wanted-clients.ts';

const names = fc.uniqueArray(fc.constantFrom('ada', 'bob', 'eve'), { maxLength: 3 });
const table: fc.Arbitrary<AuthTable> = fc
  .record({
    users: names,
    tokens: fc.array(fc.constantFrom('one', 'two'), { minLength: 3, maxLength: 3 }),
    boards: fc.dictionary(fc.constantFrom('pi-1', 'pi-2', 'pi-3'), fc.constantFrom('4A', '4B', '4C')),
    groups: fc.dictionary(fc.constantFrom('pi-1', 'pi-2'), fc.constantFrom('barn', 'mill')),
  })
  .map(({ users, tokens, boards, groups }) => ({
    users: users.map((name, at) => ({ name, role: 'view' as const, tokenHash: hashOf(tokens[at] ?? '') })),
    boards,
    groups,
  }));

const tokensOf = (token: string): Map<string, string> =>
  new Map(['ada', 'bob', 'eve'].map((name) => [name, token]));

function knownOf(plugin: ModelPlugin): KnownAccess {
  return {
    clients: new Map([...plugin.clients].map(([name, { textname }]) => [name, textname])),
    roles: new Set(plugin.roles.keys()),
  };
}

/** What a broker is told, one after the other, that does all of it. */
function carryOut({ steps }: Plan, known: KnownAccess): Command[] {
  return steps.flatMap((step) => {
    const commands = commandsOf(step, known.roles);
    for (const command of commands) carriedOut(known, command);
    return commands;
  });
}

/** A plugin that belongs to somebody else as well. */
function shared(): ModelPlugin {
  const plugin = new ModelPlugin();
  plugin.roles.set('lamps', []);
  plugin.clients.set('lamp', { roles: ['lamps'] });
  plugin.clients.set('eve', { password: 'her own', roles: ['lamps'] });
  return plugin;
}

test('whatever was wanted before, the broker ends up with what is wanted now, and with what others have there', () => {
  fc.assert(
    fc.property(
      fc.array(table, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('one', 'two'),
      (tables, token) => {
        const plugin = shared();
        const known = knownOf(plugin);
        for (const now of tables) {
          const plan = planAccess(wantedClients(now), known, tokensOf(token));
          for (const command of carryOut(plan, known))
            assert.equal(plugin.perform(command), undefined, JSON.stringify(command));
          assert.deepEqual(known, knownOf(plugin));
          assert.deepEqual(planAccess(wantedClients(now), known, tokensOf(token)).steps, []);
        }
        const last = tables.at(-1) ?? { users: [], boards: {} };
        const usable = last.users.filter(
          ({ name, tokenHash }) => name !== 'eve' && tokenHash === hashOf(token),
        );
        const boards = Object.entries(last.boards ?? {}).map(([node, serial]) => nodeSubject(node, serial));
        const expected = ['lamp', 'eve', ...boards, ...usable.map(({ name }) => name)];
        assert.deepEqual([...plugin.clients.keys()].toSorted(), expected.toSorted());
        for (const { name } of usable) assert.equal(plugin.clients.get(name)?.password, token);
        assert.equal(plugin.clients.get('eve')?.password, 'her own');
        assert.equal(plugin.roles.size, 1 + boards.length + usable.length);
      },
    ),
  );
});

test('who is to have less goes before who is to have more', () => {
  const before = wantedClients({ users: [], boards: { 'pi-1': '4A' } });
  const plugin = new ModelPlugin();
  const known = knownOf(plugin);
  carryOut(planAccess(before, known, new Map()), known);
  const after = wantedClients({ users: [], boards: { 'pi-1': '4B', 'pi-2': '4C' } });
  const plan = planAccess(after, known, new Map());
  assert.deepEqual(
    carryOut(plan, known).map(({ command }) => command),
    ['deleteClient', 'modifyRole', 'createClient', 'createRole', 'createClient'],
  );
});

test('a user whose token is not known any more is told of, and an earlier token does not stay', () => {
  const withToken = (token: string): AuthTable => ({
    users: [{ name: 'ada', role: 'edit', tokenHash: hashOf(token) }],
    boards: {},
  });
  const plugin = new ModelPlugin();
  const known = knownOf(plugin);
  carryOut(planAccess(wantedClients(withToken('one')), known, new Map([['ada', 'one']])), known);
  assert.deepEqual(planAccess(wantedClients(withToken('one')), known, new Map()).steps, []);
  const renewed = planAccess(wantedClients(withToken('two')), known, new Map([['ada', 'one']]));
  assert.deepEqual(renewed.withoutToken, ['ada']);
  assert.deepEqual(renewed.steps[0], { type: 'end', username: 'ada' });
});

test('a role that somebody has is changed with the rules, a name that is another’s is told of', () => {
  const wanted = wantedClients({
    users: [{ name: 'eve', role: 'admin', tokenHash: hashOf('one') }],
    boards: { 'pi-1': '4A' },
    groups: { 'pi-1': 'barn' },
  });
  const known = knownOf(shared());
  const plan = planAccess(wanted, known, tokensOf('one'));
  assert.deepEqual(plan.taken, ['eve']);
  const commands = carryOut(plan, known);
  assert.match(JSON.stringify(commands), /bramble\/v1\/network\/barn\/#/);
  assert.doesNotMatch(JSON.stringify(commands), /eve/);
});
