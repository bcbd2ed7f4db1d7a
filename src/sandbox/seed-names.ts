/** Made-up people: first and last names are drawn apart, so no pair is meant to be anybody. */
export const FIRST_NAMES = (
  "Aaliyah Adaeze Agnieszka Ahmed Aiko Akira Alejandro Amara Amélie Anahí Ananya Anders André Anneliese Ayşe Beatriz " +
  "Benedikt Björn Caoimhe Carmen Chiara Chidi Ciarán Clémence Daniel Dariusz Deepika Dmitri Ebony Eduardo Efua Elif " +
  "Émile Esther Eun-ji Farah Fatima Felix Freya Gabriela Giulia Grace Gustavo Hana Haruto Helena Hugo Ibrahim Ignacio " +
  "Ines Ingrid Isabel Ivana Jamal Jasmine João Johanna José Jun Kaito Karolína Keiko Kofi Kwame Lars Laszlo Leila " +
  "Léa Liam Linnea Luca Łukasz Mafalda Malik Marek María Mateus Mei Mélanie Miriam Nadia Naoki Nils Nkechi Noor " +
  "Olga Olumide Oskar Paloma Pavel Pia Priya Quentin Rafael Rania Ravi Rhys Roisin Rosa Sabine Sadia Samuel Sanjay " +
  "Saoirse Sergio Siobhán Søren Sofía Stefan Tamsin Tariq Tatiana Thabo Thiago Tomáš Ulrike Uma Valentina Victor " +
  "Wei Wiktoria Xavier Yasmin Yuki Yusuf Zainab Zoë Zuzana"
).split(" ");

export const LAST_NAMES = (
  "Abara Achterberg Adeyemi Almeida Andersson Aoki Asante Azevedo Bakker Banerjee Barros Bauer Béla Bianchi Bjarnason " +
  "Boateng Brânză Carvalho Castellanos Černý Chaudhry Chukwu Costa D'Amico D'Souza Dąbrowski Desrosiers Diallo Dlamini " +
  "Doğan Drummond Eriksen Estévez Faber Fernández Fitzgerald Fujimoto Gallagher Garrido Gebremariam Greenholt Grünwald " +
  "Guerrero Haddad Hakimi Halvorsen Hayashi Hernández Hoàng Holmström Horváth Hughes Ibáñez Iwasaki Jørgensen Kaczmarek " +
  "Kapoor Keller Khoury Kiplagat Kovač Kowalczyk Krüger Kuznetsova Lachance Laurent Le-Goff Lindqvist Lozano Mahlangu " +
  "Marchetti Márquez Mbatha McAllister Mensah Meyer Mishra Moreau Müller Mwangi Nakagawa Nair Ndiaye Nguyễn Novák " +
  "Núñez O'Brien O'Hara Okafor Okonkwo Olsen Oyelaran Papadakis Park Pereira Petrov Pham Quispe Rahman Ramírez Rasmussen " +
  "Ricci Rojas Rosenthal Rousseau Saito Sandoval Santos Schäfer Sepúlveda Sharma Silva Sjöberg Sørensen Strand Suleiman " +
  "Svoboda Szabó Takeda Tanaka Tembo Thorne Tran Turner Valdés van-Dijk Vasquez Villanueva Vogel Wang Weber Whitfield " +
  "Wójcik Yamamoto Yılmaz Zamora Zhang Zieliński"
).split(" ");

export interface Department {
  readonly name: string;
  readonly division: string;
  readonly costCenter: string;
  readonly head: string;
  readonly titles: readonly string[];
  readonly skills: readonly string[];
}

const department = (
  name: string,
  division: string,
  costCenter: string,
  head: string,
  titles: string,
  skills: string,
): Department => ({ name, division, costCenter, head, titles: titles.split("|"), skills: skills.split("|") });

export const DEPARTMENTS: readonly Department[] = [
  department(
    "IT",
    "Corporate",
    "CC-110",
    "Director of IT",
    "IT Support Specialist|Systems Administrator|Identity Engineer|Network Engineer",
    "okta|linux|networking|scripting",
  ),
  department(
    "Engineering",
    "Product",
    "CC-210",
    "VP Engineering",
    "Software Engineer|Senior Software Engineer|Staff Engineer|QA Engineer|Site Reliability Engineer",
    "typescript|go|python|kubernetes|testing",
  ),
  department(
    "Product",
    "Product",
    "CC-220",
    "VP Product",
    "Product Manager|Senior Product Manager|Product Analyst",
    "roadmaps|research|analytics",
  ),
  department(
    "Design",
    "Product",
    "CC-230",
    "Head of Design",
    "Product Designer|UX Researcher|Content Designer",
    "figma|research|prototyping",
  ),
  department(
    "Sales",
    "Revenue",
    "CC-310",
    "VP Sales",
    "Account Executive|Sales Engineer|Sales Development Representative",
    "negotiation|salesforce|demos",
  ),
  department(
    "Marketing",
    "Revenue",
    "CC-320",
    "VP Marketing",
    "Marketing Manager|Content Strategist|Campaign Specialist",
    "seo|copywriting|events",
  ),
  department(
    "Customer Success",
    "Revenue",
    "CC-330",
    "Director of Customer Success",
    "Customer Success Manager|Support Engineer|Onboarding Specialist",
    "support|training|troubleshooting",
  ),
  department(
    "Finance",
    "Corporate",
    "CC-120",
    "Chief Financial Officer",
    "Accountant|Financial Analyst|Payroll Specialist|Procurement Manager",
    "forecasting|excel|audit",
  ),
  department(
    "People",
    "Corporate",
    "CC-130",
    "Chief People Officer",
    "Recruiter|People Partner|Benefits Specialist",
    "recruiting|coaching|onboarding",
  ),
  department(
    "Legal",
    "Corporate",
    "CC-140",
    "General Counsel",
    "Counsel|Contracts Manager|Privacy Officer",
    "contracts|privacy|compliance",
  ),
  department(
    "Operations",
    "Operations",
    "CC-410",
    "Chief Operating Officer",
    "Operations Analyst|Logistics Coordinator|Facilities Manager",
    "logistics|planning|safety",
  ),
  department(
    "Security",
    "Corporate",
    "CC-150",
    "Chief Information Security Officer",
    "Security Analyst|Security Engineer|GRC Analyst",
    "incident-response|okta|siem|compliance",
  ),
];

export interface City {
  readonly city: string;
  readonly state: string;
  readonly countryCode: string;
  readonly zipCode: string;
  readonly timezone: string;
  readonly locale: string;
  readonly street: string;
}

const city = (
  ...[name, state, countryCode, zipCode, timezone, locale, street]: [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
): City => ({ city: name, state, countryCode, zipCode, timezone, locale, street });

export const CITIES: readonly City[] = [
  city("Lisbon", "Lisboa", "PT", "1100-148", "Europe/Lisbon", "pt_PT", "Rua do Exemplo 12"),
  city("Toronto", "ON", "CA", "M5V 2T6", "America/Toronto", "en_CA", "100 Sample Street"),
  city("Kraków", "Małopolskie", "PL", "31-001", "Europe/Warsaw", "pl_PL", "ul. Przykładowa 7"),
  city("São Paulo", "SP", "BR", "01310-100", "America/Sao_Paulo", "pt_BR", "Avenida Modelo 900"),
  city("Austin", "TX", "US", "78701", "America/Chicago", "en_US", "200 Placeholder Avenue"),
  city("Nairobi", "Nairobi", "KE", "00100", "Africa/Nairobi", "en_KE", "Mfano Road 3"),
  city("Osaka", "Osaka", "JP", "530-0001", "Asia/Tokyo", "ja_JP", "1-2-3 Mihon"),
  city("Dublin", "Leinster", "IE", "D02 X285", "Europe/Dublin", "en_IE", "4 Sample Quay"),
];

export const ORGANIZATION = "Larkspur & Vale";
/** A reserved domain: mail to it goes nowhere. */
export const DOMAIN = "larkspur.example";
