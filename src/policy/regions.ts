/**
 * Which country each cloud region lies in.
 *
 * Sources: AWS "Regions and Availability Zones", Google Cloud "Regions and zones", Azure "List of Azure regions",
 * each as published in November 2026. Names that two clouds share lie in the same country.
 */
const countryOfRegion: Readonly<Record<string, string>> = {
  ...inCountry('us', 'us-east-1 us-east-2 us-west-1 us-west-2 us-gov-east-1 us-gov-west-1'),
  ...inCountry('us', 'us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4'),
  ...inCountry('us', 'eastus eastus2 centralus northcentralus southcentralus westcentralus westus westus2 westus3'),
  ...inCountry('ca', 'ca-central-1 ca-west-1 northamerica-northeast1 northamerica-northeast2 canadacentral canadaeast'),
  ...inCountry('mx', 'mx-central-1 northamerica-south1 mexicocentral'),
  ...inCountry('br', 'sa-east-1 southamerica-east1 brazilsouth brazilsoutheast'),
  ...inCountry('cl', 'southamerica-west1 chilecentral'),
  ...inCountry('ie', 'eu-west-1 northeurope'),
  ...inCountry('gb', 'eu-west-2 europe-west2 uksouth ukwest'),
  ...inCountry('fr', 'eu-west-3 europe-west9 francecentral francesouth'),
  ...inCountry('de', 'eu-central-1 eusc-de-east-1 europe-west3 europe-west10 germanywestcentral germanynorth'),
  ...inCountry('ch', 'eu-central-2 europe-west6 switzerlandnorth switzerlandwest'),
  ...inCountry('se', 'eu-north-1 europe-north2 swedencentral swedensouth'),
  ...inCountry('it', 'eu-south-1 europe-west8 europe-west12 italynorth'),
  ...inCountry('es', 'eu-south-2 europe-southwest1 spaincentral'),
  ...inCountry('be', 'europe-west1 belgiumcentral'),
  ...inCountry('nl', 'europe-west4 westeurope'),
  ...inCountry('fi', 'europe-north1'),
  ...inCountry('pl', 'europe-central2 polandcentral'),
  ...inCountry('at', 'austriaeast'),
  ...inCountry('dk', 'denmarkeast'),
  ...inCountry('no', 'norwayeast norwaywest'),
  ...inCountry('jp', 'ap-northeast-1 ap-northeast-3 asia-northeast1 asia-northeast2 japaneast japanwest'),
  ...inCountry('kr', 'ap-northeast-2 asia-northeast3 koreacentral koreasouth'),
  ...inCountry('in', 'ap-south-1 ap-south-2 asia-south1 asia-south2 centralindia southindia westindia'),
  ...inCountry('sg', 'ap-southeast-1 asia-southeast1 southeastasia'),
  ...inCountry('au', 'ap-southeast-2 ap-southeast-4 australia-southeast1 australia-southeast2 australiaeast'),
  ...inCountry('au', 'australiasoutheast australiacentral'),
  ...inCountry('nz', 'ap-southeast-6 newzealandnorth'),
  ...inCountry('id', 'ap-southeast-3 asia-southeast2 indonesiacentral'),
  ...inCountry('my', 'ap-southeast-5 malaysiawest'),
  ...inCountry('th', 'ap-southeast-7'),
  ...inCountry('hk', 'ap-east-1 asia-east2 eastasia'),
  ...inCountry('tw', 'ap-east-2 asia-east1'),
  ...inCountry('cn', 'cn-north-1 cn-northwest-1 chinaeast chinaeast2 chinanorth chinanorth2 chinanorth3'),
  ...inCountry('il', 'il-central-1 me-west1 israelcentral'),
  ...inCountry('ae', 'me-central-1 uaenorth uaecentral'),
  ...inCountry('bh', 'me-south-1'),
  ...inCountry('qa', 'me-central1 qatarcentral'),
  ...inCountry('sa', 'me-central2'),
  ...inCountry('za', 'af-south-1 africa-south1 southafricanorth southafricawest'),
};

/** The member states (European Union, "Country profiles"), by ISO 3166 code. */
const euCountries: ReadonlySet<string> = new Set(
  'at be bg hr cy cz dk ee fi fr de gr hu ie it lv lt lu mt nl pl pt ro sk si es se'.split(' '),
);

/** The EU and the three EFTA states of the Agreement on the European Economic Area. */
const eeaOnlyCountries: ReadonlySet<string> = new Set(['is', 'li', 'no']);

/**
 * Whether `region` lies in `area`: itself, its country (`de`), `eu` or `eea`.
 *
 * Names are compared without regard to case. A region that the table lacks lies only in itself; so `eu-west-2`, which
 * is London, does not lie in `eu`.
 */
export function liesIn(region: string, area: string): boolean {
  const inner = normalized(region);
  const outer = normalized(area);
  if (inner === outer) return true;
  const country = countryOfRegion[inner] ?? inner;
  if (country === outer) return true;
  const isInEu = inner === 'eu' || euCountries.has(country);
  if (outer === 'eu') return isInEu;
  return outer === 'eea' && (isInEu || eeaOnlyCountries.has(country));
}

/** ISO 3166 reserves `uk` for what it calls `gb`. */
function normalized(name: string): string {
  const lower = name.toLowerCase();
  return lower === 'uk' ? 'gb' : lower;
}

function inCountry(country: string, regions: string): Record<string, string> {
  return Object.fromEntries(regions.split(' ').map(region => [region, country]));
}
