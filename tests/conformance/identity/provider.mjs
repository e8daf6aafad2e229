// An OpenID Connect provider that we did not write, for the tests: oidc-provider with its own sign-in forms,
// where whoever types a name is let in. Prints {"issuer": ...} once it listens on a free port of the loopback.
//   node provider.mjs REDIRECT_URI ...
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const redirectUris = process.argv.slice(2);
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

function key(kid, alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

function client(id, secret, more) {
  return {
    client_id: id,
    client_secret: secret,
    redirect_uris: redirectUris,
    response_types: ['code'],
    grant_types: ['authorization_code'],
    ...more,
  };
}

const provider = new Provider(issuer, {
  clients: [
    client('boathouse', 'a secret: with "signs" & spaces', {}),
    client('boathouse-es256', 'another secret', {
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_post',
    }),
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
  jwks: {
    keys: [
      key('r1', 'RS256', 'rsa', { modulusLength: 2048 }),
      key('e1', 'ES256', 'ec', { namedCurve: 'P-256' }),
    ],
  },
  cookies: { keys: ['only for tests'] },
  pkce: { required: () => true },
  // Whoever signs in as mia is mia@acme.test; as unverified-x, x's e-mail is not vouched for.
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id.replace('unverified-', '')}@acme.test`,
      email_verified: !id.startsWith('unverified-'),
      name: id.replace('unverified-', ''),
    }),
  }),
});
server.on('request', provider.callback());
console.log(JSON.stringify({ issuer }));
